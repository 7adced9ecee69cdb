//! The work lists of campaigns by phone and in the store: who is to be talked to, and what came of it.

use super::{
    contacts::look_at,
    coupons::codes_of,
    get_campaign, held,
    letters::{Desk, Reader, left_out, sort_out},
    store,
};
use crate::{
    db::DbConnection,
    domain::{
        campaigns::{
            Campaign, CampaignStatus, ContactReportDraft, LeftOutReason, Letter, Recipient, RecipientStatus, Settlement, WorklistSearch,
            WorklistSort,
        },
        consents::{ConsentDraft, ConsentSource, ConsentStatus, ContactChannel},
        customers::Customer,
        ids::Id,
        instants::Instant,
        links::Links,
        paging::{Page, PageRequest},
        permissions::Actor,
        precondition::Precondition,
    },
    error::{Code, Error},
    repositories::campaigns::{recipients, worklist as repository},
    services::{
        consents::{self, Heard},
        contact_policy,
    },
};

/// Somebody to talk to.
#[derive(Debug)]
pub struct Entry {
    /// Their place in the audience.
    pub recipient: Recipient,
    /// Who it is.
    pub customer: Customer,
    /// What to say.
    pub letter: Letter,
    /// The code that they are given.
    pub coupon_code: Option<String>,
}

/// A page of who is to be talked to now, the longest due first; nobody unless the campaign runs. Who is not to be contacted any more since the page was
/// counted is left out of it, so it may be shorter than asked for.
///
/// # Errors
/// `not_found`, also for a campaign that sends messages.
pub fn list_entries(
    tx: &mut DbConnection,
    now: Instant,
    links: &Links,
    id: Id<Campaign>,
    search: &WorklistSearch,
    page: &PageRequest<WorklistSort>,
) -> Result<Page<Entry>, Error> {
    let campaign = worked(get_campaign(tx, id)?)?;
    if campaign.status != CampaignStatus::Running {
        return Ok(Page { items: Vec::new(), next: None, total: page.with_total.then_some(0) });
    }
    let Page { items, next, total } = repository::list(tx, id, now, search, page)?;
    let (_, readers) = sort_out(tx, now, &campaign, items)?;
    let codes = codes_of(tx, &campaign, readers.iter().map(|reader| &reader.recipient))?;
    let desk = Desk::new(now, links, &campaign, codes);
    let entry = |Reader { recipient, found }: Reader| {
        let (letter, _) = desk.letter(&recipient, &found.customer)?;
        let coupon_code = desk.code_of(&recipient).map(ToOwned::to_owned);
        Some(Entry { recipient, customer: found.customer, letter, coupon_code })
    };
    Ok(Page { items: readers.into_iter().filter_map(entry).collect(), next, total })
}

/// Takes what came of talking to somebody who waits. When nobody waits any more the campaign is completed.
///
/// # Errors
/// `not_found`, also for who is not in the audience, held out, or was never on the list; `invalid`; `invalid_transition` for what was reported already or while the
/// campaign does not run; `conflict` for who is not to be contacted any more, unless the report only takes away.
pub fn report(
    tx: &mut DbConnection,
    actor: &Actor,
    now: Instant,
    id: Id<Campaign>,
    customer_id: Id<Customer>,
    draft: ContactReportDraft,
) -> Result<Recipient, Error> {
    let campaign = worked(held(tx, id, &Precondition::None)?)?;
    let found = repository::find_for_update(tx, id, customer_id)?.filter(|recipient| recipient.variant.is_some());
    let recipient = found.ok_or_else(|| Error::not_found("entry of the work list"))?;
    draft.check(now).map_err(|fault| Error::invalid(vec![fault]))?;
    if campaign.status != CampaignStatus::Running {
        return Err(Error::new(Code::InvalidTransition, format!("Nobody is contacted: the campaign is {}.", campaign.status)));
    }
    if recipient.status != RecipientStatus::Waiting {
        return Err(Error::new(Code::InvalidTransition, format!("Nothing is open here: it is {} already.", recipient.status)));
    }
    if !draft.only_takes_away() {
        check_contact(tx, now, &campaign, customer_id)?;
    }
    let Settlement { recipient, withdraws } = draft.settle(recipient, actor, now);
    repository::settle(tx, &recipient)?;
    if withdraws {
        withdraw(tx, actor, now, &campaign, customer_id)?;
    }
    complete_if_done(tx, now, campaign)?;
    Ok(recipient)
}

/// Takes those off the list who are not to be contacted any more, as far as they are due, and puts off who is not at this hour. Answers how many.
///
/// # Errors
/// The database's.
pub(super) fn tidy(tx: &mut DbConnection, now: Instant, links: &Links, campaign: Campaign) -> Result<usize, Error> {
    let due = recipients::find_due(tx, campaign.id, now, TOGETHER)?;
    let (mut changed, readers) = sort_out(tx, now, &campaign, due)?;
    let codes = codes_of(tx, &campaign, readers.iter().map(|reader| &reader.recipient))?;
    let desk = Desk::new(now, links, &campaign, codes);
    let is_empty = readers.is_empty();
    let unwritten = readers.into_iter().filter(|reader| desk.letter(&reader.recipient, &reader.found.customer).is_none());
    changed.extend(unwritten.map(|reader| left_out(reader.recipient, LeftOutReason::Unwritten)));
    let count = changed.len();
    recipients::update(tx, changed)?;
    if is_empty {
        complete_if_done(tx, now, campaign)?;
    }
    Ok(count)
}

/// Those at the head of the list who are looked at together: it is worked from there, so that everybody comes to be.
const TOGETHER: i64 = 100;

fn complete_if_done(tx: &mut DbConnection, now: Instant, campaign: Campaign) -> Result<(), Error> {
    if !recipients::has_open(tx, campaign.id)? {
        store(tx, now, Campaign { status: CampaignStatus::Completed, ended_at: Some(now), ..campaign })?;
    }
    Ok(())
}

fn worked(campaign: Campaign) -> Result<Campaign, Error> {
    if campaign.draft.is_worked() { Ok(campaign) } else { Err(Error::not_found("work list: the campaign sends messages")) }
}

/// At which hour somebody was talked to does not matter any more.
fn check_contact(tx: &mut DbConnection, now: Instant, campaign: &Campaign, customer_id: Id<Customer>) -> Result<(), Error> {
    let policy = contact_policy::current(tx)?;
    let reached = look_at(tx, now, &policy, campaign, &[customer_id])?;
    let refusal = reached.into_iter().next().ok_or_else(|| Error::not_found("customer"))?.refusal;
    match refusal {
        Some(reason) => Err(Error::new(Code::Conflict, format!("The customer is not to be contacted any more: {reason}."))),
        None => Ok(()),
    }
}

fn withdraw(tx: &mut DbConnection, actor: &Actor, now: Instant, campaign: &Campaign, customer_id: Id<Customer>) -> Result<(), Error> {
    let (channel, purpose) = (campaign.draft.channel, campaign.draft.purpose);
    let source = if channel == ContactChannel::InStore { ConsentSource::InStore } else { ConsentSource::Phone };
    let evidence = Some(format!("Said when they were talked to in the campaign {}", campaign.draft.name));
    let draft = ConsentDraft { status: ConsentStatus::Withdrawn, source, evidence, at: None };
    consents::hear(tx, now, &Heard { customer_id, channel, purpose, actor }, &Precondition::None, draft)?;
    Ok(())
}
