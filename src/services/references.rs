//! Whether what a draft names is there.

use crate::{
    db::{DbConnection, DbResult},
    domain::{catalogue::Category, customers::Customer, ids::Id, segments::Segment},
    error::{Code, Error},
    repositories::{references, segments},
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

/// Checks the segments that `named` gives, each with the place where it stands, and holds them until the transaction ends, so that it can store what names them.
///
/// # Errors
/// `unknown_reference` at every place that names none.
pub fn hold_segments<P: Into<String>>(tx: &mut DbConnection, named: impl IntoIterator<Item = (P, Id<Segment>)>) -> Result<(), Error> {
    check(tx, named, segments::unknown_among_held, "There is no such segment.")
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
