//! Whether what is stored fits together: what foreign keys can not say, proved row by row.

use crate::{
    db::{DbConnection, integrity_faults},
    error::Error,
    repositories::views::consistency::{NAMED, RULES, breaches},
};

/// A rule and what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What must hold.
    pub rule: &'static str,
    /// What breaks it, named by id; empty when it holds.
    pub breaches: Vec<String>,
    /// Whether there may be more than are named.
    pub more: bool,
}

/// Checks every rule, telling each as it is done.
///
/// # Errors
/// The database's.
pub fn check(tx: &mut DbConnection, mut tell: impl FnMut(&Finding)) -> Result<Vec<Finding>, Error> {
    let mut findings =
        vec![Finding { rule: "the database's own files and foreign keys are sound", breaches: integrity_faults(tx)?, more: false }];
    if let Some(first) = findings.first() {
        tell(first);
    }
    for rule in RULES {
        let ids = breaches(tx, rule)?;
        let more = i64::try_from(ids.len()).is_ok_and(|count| count >= NAMED);
        let finding = Finding { rule: rule.name, breaches: ids.iter().map(ToString::to_string).collect(), more };
        tell(&finding);
        findings.push(finding);
    }
    Ok(findings)
}
