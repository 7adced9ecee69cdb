//! The coupons that a campaign gives away.

use std::collections::HashMap;

use crate::{
    db::DbConnection,
    domain::{
        campaigns::{Campaign, CampaignDraft, Recipient},
        coupons::{BatchStatus, Coupon, CouponBatch},
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

/// The codes for `readers`, whose coupons are made where they have none yet. A batch that has ended gives nothing to who has none.
pub(super) fn codes_for(
    tx: &mut DbConnection,
    now: Instant,
    campaign: &Campaign,
    readers: &[(Recipient, &Customer)],
) -> Result<Codes, Error> {
    let Some(batch) = batch_of(tx, &campaign.draft)? else { return Ok(Codes::default()) };
    if let Some(code) = &batch.draft.code {
        return Ok(Codes { shared: Some(code.to_uppercase()), ..Codes::default() });
    }
    let known: Vec<Id<Coupon>> = readers.iter().filter_map(|(recipient, _)| recipient.coupon_id).collect();
    let mut coupons = repository::find_many(tx, &known)?;
    let without = readers.iter().filter(|(recipient, _)| recipient.coupon_id.is_none());
    let holders: Vec<Option<Id<Customer>>> = without.map(|(_, customer)| Some(customer.id)).collect();
    if !holders.is_empty() && batch.status == BatchStatus::Active {
        coupons.extend(issue(tx, now, &batch, &holders)?);
    }
    let own = coupons.into_iter().filter_map(|coupon| Some((coupon.customer_id?, (coupon.id, coupon.code)))).collect();
    Ok(Codes { shared: None, own })
}

/// Refuses a plan whose coupons are not there.
pub(super) fn check_batch(tx: &mut DbConnection, plan: &CampaignDraft) -> Result<Option<CouponBatch>, Error> {
    let batch = batch_of(tx, plan)?;
    if plan.coupon_batch_id.is_some() && batch.is_none() {
        return Err(Error::new(Code::UnknownReference, "There is no such batch of coupons.").at("/coupon_batch_id"));
    }
    Ok(batch)
}

fn batch_of(tx: &mut DbConnection, plan: &CampaignDraft) -> Result<Option<CouponBatch>, Error> {
    plan.coupon_batch_id.map_or(Ok(None), |id| Ok(batches::find(tx, id)?))
}
