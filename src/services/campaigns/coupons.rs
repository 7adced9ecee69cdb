//! The coupons that a campaign gives away.

use std::collections::HashMap;

use crate::{
    db::DbConnection,
    domain::{
        campaigns::{Campaign, CampaignDraft, Recipient, RecipientStatus},
        coupons::{BatchStatus, Coupon, CouponBatch, SAMPLE_CODE},
        customers::Customer,
        ids::Id,
        instants::Instant,
    },
    error::{Code, Error},
    repositories::coupons::{self as repository, batches},
    services::coupons::issue,
};

/// The codes of those who are written to.
#[derive(Debug, Default)]
pub(super) struct Codes {
    /// The one that everybody gets.
    shared: Option<String>,
    own: HashMap<Id<Customer>, (Id<Coupon>, String)>,
}

impl Codes {
    /// The code of a customer.
    pub fn of(&self, customer: Id<Customer>) -> Option<&str> {
        self.own.get(&customer).map(|(_, code)| code.as_str()).or(self.shared.as_deref())
    }

    /// Their coupon, where it is theirs alone.
    pub fn coupon_of(&self, customer: Id<Customer>) -> Option<Id<Coupon>> {
        self.own.get(&customer).map(|(coupon, _)| *coupon)
    }
}

/// The codes for `readers`, whose coupons are made where they have none yet. A batch that has ended, or of which nothing is valid any more, gives none.
pub(super) fn codes_for<'a>(
    tx: &mut DbConnection,
    now: Instant,
    campaign: &Campaign,
    readers: impl Iterator<Item = &'a Recipient> + Clone,
) -> Result<Codes, Error> {
    let Some(batch) = batch_of(tx, &campaign.draft)? else { return Ok(Codes::default()) };
    if why_over(&batch, now).is_some() {
        return Ok(Codes::default());
    }
    let mut codes = known_codes(tx, &batch, readers.clone())?;
    let holders: Vec<Option<Id<Customer>>> =
        readers.filter(|recipient| recipient.coupon_id.is_none()).map(|recipient| Some(recipient.customer_id)).collect();
    if codes.shared.is_none() && !holders.is_empty() {
        codes.own.extend(issue(tx, now, &batch, &holders)?.into_iter().filter_map(of_its_holder));
    }
    Ok(codes)
}

/// The codes that `readers` have already; nothing is made.
pub(super) fn codes_of<'a>(
    tx: &mut DbConnection,
    campaign: &Campaign,
    readers: impl Iterator<Item = &'a Recipient>,
) -> Result<Codes, Error> {
    match batch_of(tx, &campaign.draft)? {
        Some(batch) => known_codes(tx, &batch, readers),
        None => Ok(Codes::default()),
    }
}

/// Makes a coupon for each of those of `audience` who wait.
pub(super) fn give(tx: &mut DbConnection, now: Instant, campaign: &Campaign, audience: &mut [Recipient]) -> Result<(), Error> {
    let codes = codes_for(tx, now, campaign, audience.iter().filter(|recipient| recipient.status == RecipientStatus::Waiting))?;
    for recipient in audience {
        recipient.coupon_id = recipient.coupon_id.or_else(|| codes.coupon_of(recipient.customer_id));
    }
    Ok(())
}

/// The code that is shown where none is given: the one that everybody gets, or what each one's own will look like.
pub(super) fn code_to_show(batch: &CouponBatch) -> String {
    batch.draft.code.as_ref().map_or_else(|| SAMPLE_CODE.to_owned(), |code| code.to_uppercase())
}

fn known_codes<'a>(tx: &mut DbConnection, batch: &CouponBatch, readers: impl Iterator<Item = &'a Recipient>) -> Result<Codes, Error> {
    if let Some(code) = &batch.draft.code {
        return Ok(Codes { shared: Some(code.to_uppercase()), ..Codes::default() });
    }
    let known: Vec<Id<Coupon>> = readers.filter_map(|recipient| recipient.coupon_id).collect();
    let own = repository::find_many(tx, &known)?.into_iter().filter_map(of_its_holder).collect();
    Ok(Codes { shared: None, own })
}

/// A coupon's holder, with its id and code.
type Held = (Id<Customer>, (Id<Coupon>, String));

fn of_its_holder(coupon: Coupon) -> Option<Held> {
    Some((coupon.customer_id?, (coupon.id, coupon.code)))
}

/// Refuses a plan whose coupons are not there.
pub(super) fn check_batch(tx: &mut DbConnection, plan: &CampaignDraft) -> Result<Option<CouponBatch>, Error> {
    let batch = batch_of(tx, plan)?;
    if plan.coupon_batch_id.is_some() && batch.is_none() {
        return Err(Error::new(Code::UnknownReference, "There is no such batch of coupons.").at("/coupon_batch_id"));
    }
    Ok(batch)
}

/// The batch of a plan whose messages leave from `starts_at` on; refused where it gives nothing by then.
pub(super) fn check_launch(tx: &mut DbConnection, plan: &CampaignDraft, starts_at: Instant) -> Result<Option<CouponBatch>, Error> {
    let batch = check_batch(tx, plan)?;
    match batch.as_ref().and_then(|batch| why_over(batch, starts_at)) {
        Some(over) => Err(Error::new(Code::Conflict, over).at("/coupon_batch_id")),
        None => Ok(batch),
    }
}

/// Why nobody can use a coupon of a batch at `at` that they do not have yet.
fn why_over(batch: &CouponBatch, at: Instant) -> Option<&'static str> {
    match batch.draft.valid_until {
        _ if batch.status != BatchStatus::Active => Some("The batch of coupons has ended: no more are made."),
        Some(until) if until <= at => Some("The coupons are not valid any more when the campaign begins."),
        _ => None,
    }
}

fn batch_of(tx: &mut DbConnection, plan: &CampaignDraft) -> Result<Option<CouponBatch>, Error> {
    plan.coupon_batch_id.map_or(Ok(None), |id| Ok(batches::find(tx, id)?))
}
