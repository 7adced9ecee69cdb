//! Referrals: a customer shares a code, a friend brings it, and the friend's first paid order rewards both with points.

use crate::{
    db::{DbConnection, lock},
    domain::{
        customers::Customer,
        identifiers::Identifier,
        ids::Id,
        instants::Instant,
        orders::{Order, OrderStatus, OrderType},
        paging::{Page, PageRequest},
        permissions::Actor,
        referrals::{Household, Referral, ReferralCode, ReferralDraft, ReferralSort, ReferralStatus, SharedCode},
    },
    error::{Code, Error},
    repositories::{
        customers::{self, addresses},
        identifiers::{self, Holder},
        orders as order_rows, referrals as repository,
    },
    services::{customers::get_customer, identifiers::exchange, orders::effects::Stored, points},
};

/// The code that a customer shares.
///
/// # Errors
/// `not_found` for a customer who is not there, or has none yet.
pub fn get_code(tx: &mut DbConnection, customer_id: Id<Customer>) -> Result<SharedCode, Error> {
    repository::find_code(tx, customer_id)?.ok_or_else(|| Error::not_found("code to share"))
}

/// The code that a customer shares, which is made the first time.
///
/// # Errors
/// `not_found`.
pub fn make_code(tx: &mut DbConnection, now: Instant, customer_id: Id<Customer>) -> Result<SharedCode, Error> {
    customers::find_for_update(tx, customer_id)?.ok_or_else(|| Error::not_found("customer"))?;
    if let Some(known) = repository::find_code(tx, customer_id)? {
        return Ok(known);
    }
    let code = ReferralCode::generate().map_err(Error::internal)?;
    let shared = SharedCode { customer_id, code: code.to_string(), created_at: now };
    let holder = Holder { resource_id: customer_id.cast(), customer_id: Some(customer_id) };
    exchange(tx, holder, &[], &[Identifier::referral_code(&code)])?;
    repository::insert_code(tx, &shared)?;
    Ok(shared)
}

/// By whom a customer was brought.
///
/// # Errors
/// `not_found`.
pub fn get_referral(tx: &mut DbConnection, friend_id: Id<Customer>) -> Result<Referral, Error> {
    repository::find(tx, friend_id)?.ok_or_else(|| Error::not_found("referral"))
}

/// A page of those whom a customer has brought.
///
/// # Errors
/// `not_found`.
pub fn list_referrals(tx: &mut DbConnection, referrer: Id<Customer>, page: &PageRequest<ReferralSort>) -> Result<Page<Referral>, Error> {
    get_customer(tx, referrer)?;
    Ok(repository::list(tx, referrer, page)?)
}

/// Notes by whose code a new customer was brought.
///
/// # Errors
/// `not_found`; `invalid_referral_code` for a code that was mistyped and `unknown_reference` for one that is nobody's, both at `/code`; `self_referral`,
/// `already_referred`, `not_a_new_customer` for one who has a paid order, `referral_ring` where the friend has brought who brings them, by however many
/// others, and `same_household` for two who are reached at the same place.
pub fn refer(tx: &mut DbConnection, now: Instant, friend_id: Id<Customer>, draft: &ReferralDraft) -> Result<Referral, Error> {
    // One after the other, so that two who bring each other at once are a ring all the same.
    lock(tx, "referrals")?;
    let friend = get_customer(tx, friend_id)?;
    let code = ReferralCode::read(&draft.code).map_err(|fault| Error::new(Code::InvalidReferralCode, fault.to_string()).at("/code"))?;
    let holder = identifiers::find(tx, &Identifier::referral_code(&code))?;
    let unknown = || Error::new(Code::UnknownReference, "This is nobody's code.").at("/code");
    let referrer_id = holder.and_then(|holder| holder.customer_id).ok_or_else(unknown)?;
    if referrer_id == friend_id {
        return Err(Error::new(Code::SelfReferral, "The code is the customer's own.").at("/code"));
    }
    if repository::find(tx, friend_id)?.is_some() {
        return Err(Error::new(Code::AlreadyReferred, "Somebody has brought this customer already."));
    }
    // An order that is just being paid is waited for: it is either the first one, or one before.
    order_rows::hold_unpaid(tx, friend_id)?;
    if order_rows::has_paid(tx, friend_id)? {
        return Err(Error::new(Code::NotANewCustomer, "The customer has bought something already."));
    }
    if repository::is_above(tx, friend_id, referrer_id)? {
        return Err(
            Error::new(Code::ReferralRing, "The customer has brought who is to have brought them, or one of those who have.").at("/code")
        );
    }
    check_household(tx, &friend, referrer_id)?;
    let referral = Referral {
        id: Id::generate(),
        friend_id,
        referrer_id,
        status: ReferralStatus::Pending,
        order_id: None,
        created_at: now,
        updated_at: now,
    };
    repository::insert(tx, &referral)?;
    Ok(referral)
}

fn check_household(tx: &mut DbConnection, friend: &Customer, referrer_id: Id<Customer>) -> Result<(), Error> {
    let referrer = get_customer(tx, referrer_id)?;
    let of_friend = Household::of(friend, &addresses::list(tx, friend.id)?);
    let of_referrer = Household::of(&referrer, &addresses::list(tx, referrer.id)?);
    match of_friend.shared_with(&of_referrer) {
        None => Ok(()),
        Some(what) => Err(Error::new(Code::SameHousehold, format!("Both customers have {what} in common.")).at("/code")),
    }
}

/// What a friend's order does: the first that is paid rewards both, and whatever becomes of that order, becomes of the reward. An order that came in paid,
/// as a history, counts when it was placed after the friend was brought.
///
/// # Errors
/// The database's.
pub fn follow(tx: &mut DbConnection, stored: &Stored<'_>) -> Result<(), Error> {
    let Stored { actor, now, before, after } = *stored;
    let Some(friend_id) = after.details.customer_id.filter(|_| after.r#type == OrderType::Sale && after.status.is_paid()) else {
        return Ok(());
    };
    if before.is_some_and(|before| weighs_alike(before, after)) {
        return Ok(());
    }
    let Some(known) = repository::find(tx, friend_id)? else { return Ok(()) };
    match known.status {
        ReferralStatus::Earned if known.order_id == Some(after.id) => settle(tx, actor, now, &known, after),
        ReferralStatus::Earned => Ok(()),
        ReferralStatus::Pending if after.status == OrderStatus::Refunded => Ok(()),
        ReferralStatus::Pending => {
            let is_paid_now = before.is_some_and(|before| !before.status.is_paid());
            if !is_paid_now && after.placed_at < known.created_at {
                return Ok(());
            }
            // Of two orders that are paid at once, one is the first.
            let held = repository::find_for_update(tx, friend_id)?.filter(|held| held.status == ReferralStatus::Pending);
            let Some(held) = held else { return Ok(()) };
            let earned = Referral { status: ReferralStatus::Earned, order_id: Some(after.id), updated_at: now, ..held };
            repository::update(tx, &earned)?;
            settle(tx, actor, now, &earned, after)
        }
    }
}

fn weighs_alike(before: &Order, after: &Order) -> bool {
    before.owner() == after.owner() && before.status == after.status && before.amounts == after.amounts
}

fn settle(tx: &mut DbConnection, actor: &Actor, now: Instant, referral: &Referral, order: &Order) -> Result<(), Error> {
    // It has not changed since it came true.
    let true_one = points::Referral { referrer: referral.referrer_id, friend: referral.friend_id, earned_at: referral.updated_at };
    points::settle_referral(tx, actor, now, true_one, order)
}
