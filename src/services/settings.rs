//! The shop's own facts, fixed when its database is first migrated.

use crate::{
    db::DbConnection,
    domain::money::Currency,
    error::{Code, Error},
    repositories::settings,
};

const CURRENCY: &str = "currency";

/// Makes what every database has and answers its base currency.
///
/// # Errors
/// `unsupported_currency` when `wanted` is not the currency that the database was made with: stored amounts would change their meaning.
pub fn prepare(tx: &mut DbConnection, wanted: Option<Currency>) -> Result<Currency, Error> {
    let default = || Currency::parse("CNY").map_err(Error::internal);
    let chosen = wanted.map_or_else(default, Ok)?;
    settings::insert_if_absent(tx, CURRENCY, chosen.as_str())?;
    let currency = currency(tx)?;
    match wanted {
        Some(wanted) if wanted != currency => Err(Error::new(
            Code::UnsupportedCurrency,
            format!(
                "this database keeps its amounts in {currency}; PATRON_CURRENCY={wanted} would change their meaning: unset it, or start a new database"
            ),
        )),
        _ => Ok(currency),
    }
}

/// Whether a fact is known.
///
/// # Errors
/// The database's.
pub fn is_set(tx: &mut DbConnection, key: &str) -> Result<bool, Error> {
    Ok(settings::find(tx, key)?.is_some())
}

/// Stores a fact unless it is known.
///
/// # Errors
/// The database's.
pub fn set(tx: &mut DbConnection, key: &str, value: &str) -> Result<(), Error> {
    Ok(settings::insert_if_absent(tx, key, value)?)
}

/// The currency that this database keeps its amounts in.
///
/// # Errors
/// `internal` for a database that was never prepared.
pub fn currency(tx: &mut DbConnection) -> Result<Currency, Error> {
    Currency::parse(&settings::find(tx, CURRENCY)?.unwrap_or_default()).map_err(Error::internal)
}
