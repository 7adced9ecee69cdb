//! `patron user`: the first admin is made here, because nobody can log in to make one.

use std::io::{IsTerminal, Read};

use clap::{Args, Subcommand};

use super::{
    Outcome,
    accounts::{check, open, record},
};
use crate::{
    config::Config,
    db::Transactional,
    domain::{
        clock::{Clock, SystemClock},
        paging::{MAX_LIMIT, PageRequest},
        permissions::{Actor, Role},
        precondition::Precondition,
        secrets::{self, SecretText},
        staff::{AccountSort, UserDraft, UserFilter, UserPatch},
    },
    error::{Code, Error},
    http::app::App,
    services::users,
};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Add somebody who can log in
    Create {
        /// The e-mail address to log in with
        #[arg(long)]
        email: String,
        /// admin, manager, marketer or agent
        #[arg(long)]
        role: Role,
        /// The full name
        #[arg(long)]
        name: Option<String>,
        /// Read the password (12 to 128 characters) from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// List who can log in
    List,
    /// Give somebody a new password; ends their sessions and lifts a lock
    SetPassword {
        /// The e-mail address
        #[arg(long)]
        email: String,
        /// Read the password (12 to 128 characters) from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
}

/// Runs an action on the database as configured, which is migrated first.
///
/// # Errors
/// What was not valid, or the database's.
pub fn run(config: &Config, arguments: Arguments) -> Outcome {
    match arguments.action {
        Action::Create { email, role, name, .. } => create(config, email, role, name),
        Action::List => list(config),
        Action::SetPassword { email, .. } => set_password(config, &email),
    }
}

fn create(config: &Config, email: String, role: Role, name: Option<String>) -> Outcome {
    let draft = UserDraft { email, name, role, password: read_password()? };
    check(&draft)?;
    let hash = secrets::hash(&draft.password)?;
    let now = SystemClock.now();
    let user = open(config)?.write_transaction(|tx| {
        let user = users::create_user(tx, &Actor::system(), now, &draft, &hash)?;
        record(tx, now, "patron user create", &format!("/v1/users/{}", user.id), &["email", "name", "password", "role"])?;
        Ok::<_, Error>(user)
    })?;
    println!("{} can log in as {}.", user.email, user.role);
    Ok(())
}

fn list(config: &Config) -> Outcome {
    let mut conn = open(config)?;
    let mut request = PageRequest { sort: AccountSort::OldestFirst, after: None, limit: MAX_LIMIT, with_total: false };
    loop {
        let page = users::list_users(&mut conn, &Actor::system(), UserFilter::default(), &request)?;
        for user in page.items {
            println!("{:<40} {:<9} {:<9} {}", user.email, user.role, user.status, user.name.unwrap_or_default());
        }
        match page.next {
            Some(next) => request.after = Some(next),
            None => return Ok(()),
        }
    }
}

fn set_password(config: &Config, email: &str) -> Outcome {
    let patch = UserPatch { password: Some(read_password()?), ..UserPatch::default() };
    check(&patch)?;
    let hash = patch.password.as_ref().map(secrets::hash).transpose()?;
    let now = SystemClock.now();
    let user = open(config)?.write_transaction(|tx| {
        let user = users::find_user_by_email(tx, email)?;
        let user = users::update_user(tx, (&Actor::system(), &Precondition::None, now), user.id, &patch, hash.as_deref())?;
        record(tx, now, "patron user set-password", &format!("/v1/users/{}", user.id), &["password"])?;
        Ok::<_, Error>(user)
    })?;
    println!("{} has a new password; every session has ended.", user.email);
    Ok(())
}

/// Makes sure that an admin with this e-mail can log in, and answers the new password.
///
/// # Errors
/// The database's.
pub(super) fn renew_password(app: &App, email: &'static str) -> Result<String, Error> {
    let password = secrets::new_password().map_err(Error::internal)?;
    let hash = secrets::hash(&password).map_err(Error::internal)?;
    let patch = UserPatch { password: Some(password.clone()), ..UserPatch::default() };
    let (draft_password, told) = (password.clone(), password.reveal().to_owned());
    let now = app.clock.now();
    app.db.write_blocking(move |tx| {
        let actor = Actor::system();
        match users::find_user_by_email(tx, email) {
            Ok(user) => users::update_user(tx, (&actor, &Precondition::None, now), user.id, &patch, Some(&hash)),
            Err(error) if error.code() == Code::NotFound => {
                let draft = UserDraft { email: email.to_owned(), name: None, role: Role::Admin, password: draft_password };
                users::create_user(tx, &actor, now, &draft, &hash)
            }
            Err(error) => Err(error),
        }
    })?;
    Ok(told)
}

/// Standard input, without the end of its last line.
fn read_password() -> Result<SecretText, Box<dyn std::error::Error + Send + Sync>> {
    let mut input = std::io::stdin();
    if input.is_terminal() {
        eprintln!("The password, then Enter and Ctrl-D (it is shown while you type):");
    }
    let mut text = String::new();
    input.read_to_string(&mut text)?;
    Ok(SecretText::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}
