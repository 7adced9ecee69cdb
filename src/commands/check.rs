//! `patron check`.

use super::Outcome;
use crate::{
    config::Config,
    db::{self, Transactional},
    services::consistency,
    startup::check_schema,
};

/// Checks that what is stored fits together and prints each rule with what was found.
///
/// # Errors
/// When a rule is broken, or the database's.
pub fn run(config: &Config) -> Outcome {
    let mut conn = db::open(&config.database)?;
    check_schema(config, &mut conn)?;
    let findings = conn.read_transaction(|tx| {
        consistency::check(tx, |finding| match finding.breaches.as_slice() {
            [] => println!("ok      {}", finding.rule),
            breaches => {
                let more = if finding.more { ", …" } else { "" };
                println!("BROKEN  {}: {}{more}", finding.rule, breaches.join(", "));
            }
        })
    })?;
    let broken = findings.iter().filter(|finding| !finding.breaches.is_empty()).count();
    match broken {
        0 => {
            println!("{} rules hold.", findings.len());
            Ok(())
        }
        _ => {
            Err(format!("{broken} of {} rules are broken; restore from a backup, or report this with the ids above", findings.len()).into())
        }
    }
}
