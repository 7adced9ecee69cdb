//! What can be done at the command line, one file a command.
//!
//! Lives here: arguments, progress and summaries for the person at the terminal. May import: everything but `handlers`, `dto`.

use clap::{Parser, Subcommand};

use crate::{
    config::Config,
    db::DatabaseUrl,
    error::{Code, Error},
    startup::StartError,
};

mod accounts;
mod check;
mod client;
mod demo;
mod healthcheck;
mod import;
mod migrate;
mod openapi;
mod score;
mod serve;
mod telemetry;
mod user;
mod worker;

/// The customer-relationship backend of a shop that sells at the till and online.
#[derive(Debug, Parser)]
#[command(
    name = "patron",
    version,
    about,
    after_help = "Configuration comes from the environment: DATABASE_URL, PATRON_ADDR, … (see the README)."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API; migrates the database first
    Serve(serve::Arguments),
    /// Do what is queued, beside servers on the same database: jobs, mail, chores
    Worker(worker::Arguments),
    /// Make a believable book city, score everybody, and serve it
    Demo(demo::Arguments),
    /// Bring the database to this program's schema
    Migrate,
    /// Bring a shop's own data in
    Import(import::Arguments),
    /// Prove that what is stored fits together, beyond what foreign keys can say
    Check,
    /// Add and list people who can log in, and set their passwords
    User(user::Arguments),
    /// Add and list programs that may come in
    Client(client::Arguments),
    /// Score every customer, and print how they are spread over the tiers
    Score(score::Arguments),
    /// Write openapi/openapi.json and openapi/operations.txt
    Openapi(openapi::Arguments),
    /// Ask the running server on this machine whether it is ready (for container health checks)
    Healthcheck,
}

/// What a command answers: nothing, or why it failed in words for the person who ran it.
pub type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// A failure in words for the person at the terminal: of a defect its cause, which no request's log line tells.
pub fn complaint(failure: &(dyn std::error::Error + Send + Sync + 'static)) -> String {
    let use_case = failure.downcast_ref::<Error>().or_else(|| match failure.downcast_ref::<StartError>()? {
        StartError::UseCase(error) => Some(error),
        _ => None,
    });
    match use_case {
        Some(error) if error.code() == Code::Internal => {
            std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
        }
        Some(error) => error.detail().to_owned(),
        None => failure.to_string(),
    }
}

/// Runs a command.
///
/// # Errors
/// Why it failed.
pub fn run(cli: Cli) -> Outcome {
    if let Command::Openapi(arguments) = &cli.command {
        return openapi::run(arguments);
    }
    let database = if matches!(cli.command, Command::Demo(_)) { DatabaseUrl::DEMO } else { DatabaseUrl::DEFAULT };
    let config = Config::from_env(database).map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(|fault| format!("\n  {fault}")).collect();
        format!("the configuration can not be used:{}", lines.concat())
    })?;
    telemetry::start(&config)?;
    match cli.command {
        Command::Serve(arguments) => serve::run(&config, &arguments),
        Command::Worker(arguments) => worker::run(&config, &arguments),
        Command::Check => check::run(&config),
        Command::Demo(arguments) => demo::run(&config, &arguments),
        Command::Import(arguments) => import::run(&config, &arguments),
        Command::Migrate => migrate::run(&config),
        Command::User(arguments) => user::run(&config, arguments),
        Command::Client(arguments) => client::run(&config, arguments),
        Command::Score(arguments) => score::run(&config, &arguments),
        Command::Healthcheck => healthcheck::run(&config),
        Command::Openapi(_) => Ok(()),
    }
}
