//! `patron client`.

use clap::{Args, Subcommand};

use super::{
    Outcome,
    accounts::{check, open, record},
};
use crate::{
    config::Config,
    db::Transactional,
    domain::{
        TextEnum,
        clients::ClientDraft,
        clock::{Clock, SystemClock},
        paging::{MAX_LIMIT, PageRequest},
        permissions::{Actor, Permission, PermissionSet},
        secrets::{self, new_client_secret},
        staff::AccountSort,
    },
    error::Error,
    services::clients,
};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Add a program that may come in; prints its secret, once
    Create {
        /// What it is called
        #[arg(long)]
        name: String,
        /// What it may do, parted by spaces, such as "customers:write orders:write"
        #[arg(long)]
        scopes: String,
    },
    /// List the programs that may come in
    List,
}

/// Runs an action on the database as configured, which is migrated first.
///
/// # Errors
/// What was not valid, or the database's.
pub fn run(config: &Config, arguments: Arguments) -> Outcome {
    match arguments.action {
        Action::Create { name, scopes } => create(config, name, &scopes),
        Action::List => list(config),
    }
}

fn create(config: &Config, name: String, scopes: &str) -> Outcome {
    let scopes = PermissionSet::parse(scopes).map_err(|word| {
        let known: PermissionSet = Permission::ALL.iter().copied().collect();
        format!("--scopes: {word} is no scope; there are: {known}")
    })?;
    let draft = ClientDraft { name, scopes: scopes.iter().collect() };
    check(&draft)?;
    let secret = new_client_secret()?;
    let hash = secrets::hash(&secret)?;
    let now = SystemClock.now();
    let client = open(config)?.write_transaction(|tx| {
        let client = clients::create_client(tx, &Actor::system(), now, &draft, &hash)?;
        record(tx, now, "patron client create", &format!("/v1/clients/{}", client.id), &["name", "scopes"])?;
        Ok::<_, Error>(client)
    })?;
    println!("client_id      {}", client.id);
    println!("client_secret  {}", secret.reveal());
    println!("scopes         {}", client.scopes);
    println!("The secret is shown this once: keep it now, only its hash is stored.");
    Ok(())
}

fn list(config: &Config) -> Outcome {
    let mut conn = open(config)?;
    let mut request = PageRequest { sort: AccountSort::OldestFirst, after: None, limit: MAX_LIMIT, with_total: false };
    loop {
        let page = clients::list_clients(&mut conn, &Actor::system(), None, &request)?;
        for client in page.items {
            println!("{} {:<9} {:<30} {}", client.id, client.status, client.name, client.scopes);
        }
        match page.next {
            Some(next) => request.after = Some(next),
            None => return Ok(()),
        }
    }
}
