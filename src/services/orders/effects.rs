//! What follows from an order, in the transaction that stores it: for coupons, points and referrals. The one place that is called whenever an order is new
//! or has changed, whichever way it came; each kind of consequence is one call below, in the order in which their rows are locked.

use crate::{
    db::DbConnection,
    domain::{instants::Instant, orders::Order, permissions::Actor},
    error::Error,
    services::{coupons, points, referrals},
};

/// An order as it was and as it has just been stored.
#[derive(Debug, Clone, Copy)]
pub struct Stored<'a> {
    /// Who did it.
    pub actor: &'a Actor,
    /// When.
    pub now: Instant,
    /// As it was; none for one that is new.
    pub before: Option<&'a Order>,
    /// As it is now: under its owner of now, at its version of now.
    pub after: &'a Order,
}

/// Does what follows. An order that nothing follows from costs no statement.
///
/// # Errors
/// What the consequences answer: then the order is not stored either.
pub(super) fn follow(tx: &mut DbConnection, stored: &Stored<'_>) -> Result<(), Error> {
    if let Some(before) = stored.before {
        coupons::orders::follow(tx, stored.now, before, stored.after)?;
    }
    points::orders::follow(tx, stored)?;
    referrals::follow(tx, stored)
}
