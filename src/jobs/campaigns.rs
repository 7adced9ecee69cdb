//! Feeds the outbox: messages of running campaigns are written when they are due, campaign by campaign.

use super::Tools;
use crate::{
    domain::{campaigns::Campaign, ids::Id},
    error::{Code, Error},
    services::campaigns::sending,
};

/// Writes what is due of every campaign, at most its rate; answers how many people were looked at.
///
/// # Errors
/// The database's, when it is away.
pub fn feed(tools: &Tools) -> Result<usize, Error> {
    let now = tools.clock.now();
    let mut looked_at = 0;
    for id in tools.db.write_blocking(move |tx| sending::live_campaigns(tx, now))? {
        match feed_one(tools, id) {
            Ok(count) => looked_at += count,
            Err(error) if error.code() == Code::Unavailable => return Err(error),
            // The others do not wait for one at which something is wrong.
            Err(error) => tracing::error!(%error, campaign = %id, "messages of a campaign are not written"),
        }
    }
    Ok(looked_at)
}

fn feed_one(tools: &Tools, id: Id<Campaign>) -> Result<usize, Error> {
    let mut looked_at = 0;
    loop {
        let (now, links) = (tools.clock.now(), tools.links.clone());
        let batch = tools.db.write_blocking(move |tx| sending::feed(tx, now, &links, id))?;
        if batch == 0 {
            return Ok(looked_at);
        }
        looked_at += batch;
    }
}
