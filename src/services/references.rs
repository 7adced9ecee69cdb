//! Whether what a draft names is there.

use crate::{
    db::{DbConnection, DbResult},
    domain::{catalogue::Category, customers::Customer, ids::Id},
    error::{Code, Error},
    repositories::references,
};

/// Checks the categories that `named` gives, each with the place where it stands.
///
/// # Errors
/// `unknown_reference` at every place that names none.
pub fn check_categories<P: Into<String>>(tx: &mut DbConnection, named: impl IntoIterator<Item = (P, Id<Category>)>) -> Result<(), Error> {
    check(tx, named, references::unknown_categories, "There is no such category.")
}

/// Checks the customers that `named` gives, each with the place where it stands.
///
/// # Errors
/// `unknown_reference` at every place that names none.
pub fn check_customers<P: Into<String>>(tx: &mut DbConnection, named: impl IntoIterator<Item = (P, Id<Customer>)>) -> Result<(), Error> {
    check(tx, named, references::unknown_customers, "There is no such customer.")
}

/// Which of some ids name nothing.
type UnknownAmong<T> = fn(&mut DbConnection, &[Id<T>]) -> DbResult<Vec<Id<T>>>;

fn check<P: Into<String>, T>(
    tx: &mut DbConnection,
    named: impl IntoIterator<Item = (P, Id<T>)>,
    unknown_of: UnknownAmong<T>,
    detail: &'static str,
) -> Result<(), Error> {
    let (places, ids): (Vec<P>, Vec<Id<T>>) = named.into_iter().unzip();
    let unknown = unknown_of(tx, &ids)?;
    let at_fault = places.into_iter().zip(&ids).filter(|(_, id)| unknown.contains(id));
    Error::all_at(Code::UnknownReference, detail, at_fault.map(|(place, _)| place.into()))
}
