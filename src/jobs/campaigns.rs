//! Feeds the outbox: messages of running campaigns are written when they are due, campaign by campaign.

use super::Tools;
use crate::{error::Error, services::campaigns::sending};

/// Writes what is due of every campaign, at most its rate; answers how many people were looked at.
///
/// # Errors
/// The database's.
pub fn feed(tools: &Tools) -> Result<usize, Error> {
    let now = tools.clock.now();
    let mut looked_at = 0;
    for id in tools.db.write_blocking(move |tx| sending::live_campaigns(tx, now))? {
        loop {
            let (now, links) = (tools.clock.now(), tools.links.clone());
            let batch = tools.db.write_blocking(move |tx| sending::feed(tx, now, &links, id))?;
            if batch == 0 {
                break;
            }
            looked_at += batch;
        }
    }
    Ok(looked_at)
}
