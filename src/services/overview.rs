//! How much there is of everything.

use crate::{db::DbConnection, error::Error, repositories::views};

pub use crate::repositories::views::overview::Overview;

/// Counts everything.
///
/// # Errors
/// The database's.
pub fn overview(tx: &mut DbConnection) -> Result<Overview, Error> {
    Ok(views::overview::overview(tx)?)
}
