//! What reports on campaigns count: a fixed number of statements, the orders read one by one.

use chrono::TimeDelta;
use diesel::{
    connection::DefaultLoadingMode,
    dsl::{count, count_star, max},
    prelude::*,
};

use crate::{
    db::{
        DbConnection, DbError, DbResult,
        schema::{campaign_recipients as recipients, coupon_redemptions as redemptions, orders},
    },
    domain::{
        campaigns::{
            Campaign, LeftOutReason, RecipientStatus,
            attribution::{Purchase, Touch},
            report::{AudienceOrder, Heard, Reach},
        },
        coupons::{Coupon, CouponBatch, RedemptionStatus},
        customers::Customer,
        ids::Id,
        instants::Instant,
        orders::{OrderStatus, OrderType},
    },
    on,
};

/// What counts as bought, as in the value score.
const PAID: [OrderStatus; 3] = [OrderStatus::Paid, OrderStatus::Fulfilled, OrderStatus::Completed];

/// How many of an audience have come how far, and what was heard of them.
///
/// # Errors
/// The database's.
pub fn reach(conn: &mut DbConnection, campaign: Id<Campaign>) -> DbResult<Vec<Reach>> {
    type Counts = (i64, Option<Instant>, i64, i64, i64, i64, i64, i64);
    let key = (recipients::variant, recipients::status, recipients::left_out_reason);
    let is_back =
        recipients::delivered_at.is_null().or(recipients::delivered_at.assume_not_null().le(recipients::bounced_at.assume_not_null()));
    let has_answered = recipients::clicked_at.is_not_null().or(recipients::replied_at.is_not_null());
    let counted = recipients::table.filter(recipients::campaign_id.eq(campaign)).group_by(key).order(key).select((
        recipients::variant,
        recipients::status,
        recipients::left_out_reason,
        (
            count_star(),
            max(recipients::sent_at),
            count(recipients::bounced_at).aggregate_filter(is_back),
            count(recipients::opened_at),
            count(recipients::clicked_at),
            count(recipients::id).aggregate_filter(has_answered),
            count(recipients::complained_at),
            count(recipients::unsubscribed_at),
        ),
    ));
    let found: Vec<(Option<String>, RecipientStatus, Option<LeftOutReason>, Counts)> = on!(conn, c => counted.load(c))?;
    let reach = |(variant, status, left_out_reason, counts)| {
        let (people, last_sent_at, bounced, opened, clicked, answered, complained, unsubscribed): Counts = counts;
        let heard = Heard { bounced, opened, clicked, answered, complained, unsubscribed };
        Reach { variant, status, left_out_reason, people, last_sent_at, heard }
    };
    Ok(found.into_iter().map(reach).collect())
}

/// A message of another campaign to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rival {
    /// To whom.
    pub customer_id: Id<Customer>,
    /// Of which campaign.
    pub campaign_id: Id<Campaign>,
    /// When it left.
    pub sent_at: Instant,
    /// When a link in it was first followed.
    pub clicked_at: Option<Instant>,
    /// The coupon in it.
    pub coupon_id: Option<Id<Coupon>>,
}

type RivalRow = (Id<Customer>, Id<Campaign>, Instant, Option<Instant>, Option<Id<Coupon>>);

/// The messages of other campaigns that left from `since` on to those who got one of `campaign` and bought something between `from` and `until`.
///
/// # Errors
/// The database's.
pub fn rivals(conn: &mut DbConnection, campaign: Id<Campaign>, since: Instant, (from, until): (Instant, Instant)) -> DbResult<Vec<Rival>> {
    let readers = recipients::table
        .inner_join(orders::table.on(orders::customer_id.eq(recipients::customer_id)))
        .filter(recipients::campaign_id.eq(campaign).and(recipients::sent_at.is_not_null()))
        .filter(orders::placed_at.ge(from).and(orders::placed_at.lt(until)).and(orders::status.eq_any(PAID)))
        .select(recipients::customer_id);
    let others = diesel::alias!(recipients as others);
    let wanted = others
        .filter(others.field(recipients::customer_id).eq_any(readers))
        .filter(others.field(recipients::campaign_id).ne(campaign))
        .filter(others.field(recipients::sent_at).ge(since).and(others.field(recipients::sent_at).lt(until)))
        .select((
            others.field(recipients::customer_id),
            others.field(recipients::campaign_id),
            others.field(recipients::sent_at).assume_not_null(),
            others.field(recipients::clicked_at),
            others.field(recipients::coupon_id),
        ));
    let found: Vec<RivalRow> = on!(conn, c => wanted.load(c))?;
    let rival =
        |(customer_id, campaign_id, sent_at, clicked_at, coupon_id)| Rival { customer_id, campaign_id, sent_at, clicked_at, coupon_id };
    Ok(found.into_iter().map(rival).collect())
}

/// Hands every order that counts as bought between `from` and `until`, of everybody whom chance has assigned a variant or to be held out, to `see`.
///
/// # Errors
/// The database's.
pub fn for_each_order(
    conn: &mut DbConnection,
    campaign: &Campaign,
    (from, until): (Instant, Instant),
    mut see: impl FnMut(AudienceOrder),
) -> DbResult<()> {
    let is_assigned = recipients::variant.is_not_null().or(recipients::status.eq(RecipientStatus::HeldOut));
    let is_redeemed = redemptions::customer_id
        .eq(orders::customer_id)
        .and(redemptions::order_id.eq(orders::id.nullable()))
        .and(redemptions::status.eq(RedemptionStatus::Redeemed));
    let wanted = recipients::table
        .inner_join(orders::table.on(orders::customer_id.eq(recipients::customer_id)))
        .left_join(redemptions::table.on(is_redeemed))
        .filter(recipients::campaign_id.eq(campaign.id).and(is_assigned))
        .filter(orders::placed_at.ge(from).and(orders::placed_at.lt(until)).and(orders::status.eq_any(PAID)))
        .select((
            (
                recipients::customer_id,
                recipients::variant,
                recipients::sent_at,
                recipients::clicked_at,
                recipients::replied_at,
                recipients::coupon_id,
            ),
            (orders::order_type, orders::placed_at, orders::subtotal - orders::refunded_total, orders::campaign_id),
            (redemptions::coupon_id.nullable(), redemptions::batch_id.nullable()),
        ));
    let to_order = order_of(campaign);
    on!(conn, c => {
        for row in wanted.load_iter::<OrderRow, DefaultLoadingMode>(c).map_err(DbError::from)? {
            see(to_order(row.map_err(DbError::from)?));
        }
    });
    Ok(())
}

type OrderRow = (
    (Id<Customer>, Option<String>, Option<Instant>, Option<Instant>, Option<Instant>, Option<Id<Coupon>>),
    (OrderType, Instant, i64, Option<Id<Campaign>>),
    (Option<Id<Coupon>>, Option<Id<CouponBatch>>),
);

fn order_of(campaign: &Campaign) -> impl Fn(OrderRow) -> AudienceOrder {
    let (campaign_id, batch_id) = (campaign.id, campaign.draft.coupon_batch_id);
    let window = TimeDelta::days(campaign.draft.attribution_window_days);
    move |(recipient, order, redeemed)| {
        let (customer_id, variant, sent_at, clicked_at, replied_at, coupon_id) = recipient;
        let (r#type, placed_at, net, named) = order;
        AudienceOrder {
            customer_id,
            variant,
            r#type,
            net,
            purchase: Purchase { placed_at, named, coupon: redeemed.0.zip(redeemed.1) },
            // A link that was followed has arrived, whatever is known of the message.
            touch: sent_at.or(clicked_at).map(|sent_at| Touch { campaign_id, window, sent_at, clicked_at, coupon_id, batch_id }),
            has_answered: clicked_at.is_some() || replied_at.is_some(),
        }
    }
}
