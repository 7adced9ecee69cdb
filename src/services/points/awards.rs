//! Points for what customers do besides buying.

use super::{close_ledger, open_ledger, programme};
use crate::{
    db::DbConnection,
    domain::{
        catalogue::Product,
        customers::Customer,
        feedback::{Feedback, FeedbackType},
        ids::Id,
        instants::Instant,
        orders::{Order, OrderStatus},
        permissions::Actor,
        points::{PointEntry, PointKind, PointSource, PointsProgramme},
        surveys::Response,
    },
    error::Error,
    repositories::points::entries,
};

/// Rewards a customer's first review of a product.
///
/// # Errors
/// The database's.
pub fn reward_review(tx: &mut DbConnection, actor: &Actor, now: Instant, feedback: &Feedback) -> Result<(), Error> {
    let product: Option<Id<Product>> = feedback.draft.product_id.filter(|_| feedback.draft.r#type == FeedbackType::Review);
    match (feedback.customer_id(), product) {
        (Some(customer_id), Some(product)) => {
            reward_once(tx, actor, now, customer_id, PointSource::Review, product.cast(), |programme| programme.draft.review_points)
        }
        _ => Ok(()),
    }
}

/// Rewards a customer's first answer to a survey.
///
/// # Errors
/// The database's.
pub fn reward_answer(tx: &mut DbConnection, actor: &Actor, now: Instant, response: &Response) -> Result<(), Error> {
    let Some(customer_id) = response.customer_id else { return Ok(()) };
    reward_once(tx, actor, now, customer_id, PointSource::Survey, response.survey_id.cast(), |programme| programme.draft.survey_points)
}

fn reward_once(
    tx: &mut DbConnection,
    actor: &Actor,
    now: Instant,
    customer_id: Id<Customer>,
    source: PointSource,
    about_id: Id<()>,
    points: fn(&PointsProgramme) -> i64,
) -> Result<(), Error> {
    let programme = programme::current(tx)?;
    let points = points(&programme);
    if !programme.draft.enabled || points == 0 {
        return Ok(());
    }
    let mut ledger = open_ledger(tx, now, customer_id, None)?;
    // Looked for while the ledger is held, so that of two at once one is rewarded.
    if entries::is_earned(tx, customer_id, source, about_id)? {
        return Ok(());
    }
    let new = PointEntry::new(Id::generate(), customer_id, actor, now, PointKind::Earn, points);
    let expires_after_days = programme.draft.expires_after_days;
    ledger.post(now, PointEntry { source, about_id: Some(about_id), expires_after_days, ..new })?;
    close_ledger(tx, now, ledger).map(drop)
}

/// A customer who brought another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Referral {
    /// Who brought.
    pub referrer: Id<Customer>,
    /// Who was brought.
    pub friend: Id<Customer>,
    /// When the friend's first order was paid, which fixes what it gives.
    pub earned_at: Instant,
}

/// Rewards both for the order by which a referral came true: to be called whenever that order has changed. Pending until it is completed; taken back once all of it
/// was given back or it was cancelled. What the reward is, is fixed when it came true. Called again for the same, it changes nothing.
///
/// # Errors
/// The database's.
pub fn settle_referral(tx: &mut DbConnection, actor: &Actor, now: Instant, referral: Referral, order: &Order) -> Result<(), Error> {
    let Some(programme) = programme::find_at(tx, referral.earned_at)? else { return Ok(()) };
    let is_due = order.status.is_paid() && order.status != OrderStatus::Refunded;
    let rewards = programme.draft.referral_points;
    // The friend's first: an order locks its customer's ledger before.
    for (customer_id, source, points) in
        [(referral.friend, PointSource::Friend, rewards.friend), (referral.referrer, PointSource::Referrer, rewards.referrer)]
    {
        let mut ledger = open_ledger(tx, now, customer_id, Some(order.id))?;
        let promised = match ledger.first_earned(source, order.id) {
            Some(entry) => entry.points,
            None if programme.draft.enabled => points,
            None => 0,
        };
        let new = PointEntry::new(Id::generate(), customer_id, actor, now, PointKind::Earn, 0);
        let expires_after_days = programme.draft.expires_after_days;
        let new = PointEntry { source, order_id: Some(order.id), expires_after_days, ..new };
        ledger.settle(now, if is_due { promised } else { 0 }, order.status == OrderStatus::Completed, new)?;
        close_ledger(tx, now, ledger)?;
    }
    Ok(())
}
