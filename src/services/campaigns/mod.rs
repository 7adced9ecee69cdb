//! Campaigns: planned and tried here, launched and sent in the files beside.

use crate::{
    db::DbConnection,
    domain::{
        campaigns::{
            Assignment, Audience, Campaign, CampaignDraft, CampaignSearch, CampaignSort, CampaignStatus, Facts, Letter, Recipient,
            RecipientSearch, RecipientSort, Templates, Unwritten, report::Reach,
        },
        customers::Customer,
        field_error::FieldError,
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest},
        precondition::Precondition,
    },
    error::{Code, Error},
    repositories::campaigns as repository,
    services::{customers::get_customer, references::hold_segments},
};

mod contacts;
mod coupons;
mod launch;
mod letters;
pub mod report;
pub mod sending;
mod steps;
pub mod tracking;
pub mod unsubscribing;
pub mod worklist;

pub use launch::launch_campaign;
pub use steps::{cancel_campaign, pause_campaign, resume_campaign};

/// A campaign.
///
/// # Errors
/// `not_found`.
pub fn get_campaign(tx: &mut DbConnection, id: Id<Campaign>) -> Result<Campaign, Error> {
    repository::find(tx, id)?.ok_or_else(|| Error::not_found("campaign"))
}

/// A page of campaigns.
///
/// # Errors
/// The database's.
pub fn list_campaigns(tx: &mut DbConnection, search: &CampaignSearch, page: &PageRequest<CampaignSort>) -> Result<Page<Campaign>, Error> {
    Ok(repository::list(tx, search, page)?)
}

/// Makes a campaign, as a draft.
///
/// # Errors
/// `invalid` with every fault of the draft and its templates, `unknown_reference` for a segment that is not there.
pub fn create_campaign(tx: &mut DbConnection, now: Instant, draft: CampaignDraft) -> Result<Campaign, Error> {
    check(tx, &draft)?;
    let campaign = Campaign {
        id: Id::generate(),
        draft,
        status: CampaignStatus::Draft,
        starts_at: None,
        launched_at: None,
        ended_at: None,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    repository::insert(tx, &campaign)?;
    Ok(campaign)
}

/// Changes a draft to what `change` makes of it; what says nothing new changes nothing.
///
/// # Errors
/// `not_found`, `stale_version`, `conflict` once it is launched, what `change` answers, and as [`create_campaign`].
pub fn update_campaign(
    tx: &mut DbConnection,
    now: Instant,
    id: Id<Campaign>,
    precondition: &Precondition,
    change: impl FnOnce(&CampaignDraft) -> Result<CampaignDraft, Error>,
) -> Result<Campaign, Error> {
    let campaign = held(tx, id, precondition)?;
    let draft = change(&campaign.draft)?;
    if draft == campaign.draft {
        return Ok(campaign);
    }
    if campaign.status != CampaignStatus::Draft {
        return Err(Error::new(Code::Conflict, format!("The campaign is {}: only a draft can be changed.", campaign.status)));
    }
    check(tx, &draft)?;
    store(tx, now, Campaign { draft, ..campaign })
}

fn held(tx: &mut DbConnection, id: Id<Campaign>, precondition: &Precondition) -> Result<Campaign, Error> {
    let campaign = repository::find_for_update(tx, id)?.ok_or_else(|| Error::not_found("campaign"))?;
    if precondition.holds_for(campaign.version) { Ok(campaign) } else { Err(Error::stale(campaign.version)) }
}

fn store(tx: &mut DbConnection, now: Instant, changed: Campaign) -> Result<Campaign, Error> {
    let campaign = Campaign { version: changed.version + 1, updated_at: now, ..changed };
    repository::update(tx, &campaign)?;
    Ok(campaign)
}

fn check(tx: &mut DbConnection, draft: &CampaignDraft) -> Result<(), Error> {
    draft.check().map_err(Error::invalid)?;
    let Audience { segments_in, segments_out } = &draft.audience;
    let named = [("segments_in", segments_in), ("segments_out", segments_out)]
        .into_iter()
        .flat_map(|(list, ids)| ids.iter().enumerate().map(move |(index, id)| (format!("/audience/{list}/{index}"), *id)));
    hold_segments(tx, named)?;
    coupons::check_batch(tx, draft)?;
    Ok(())
}

/// A page of a campaign's audience, as its launch froze it.
///
/// # Errors
/// `not_found`.
pub fn list_recipients(
    tx: &mut DbConnection,
    id: Id<Campaign>,
    search: &RecipientSearch,
    page: &PageRequest<RecipientSort>,
) -> Result<Page<Recipient>, Error> {
    get_campaign(tx, id)?;
    Ok(repository::recipients::list(tx, id, search, page)?)
}

/// How many of a campaign's audience have come how far.
///
/// # Errors
/// `not_found`.
pub fn progress(tx: &mut DbConnection, id: Id<Campaign>) -> Result<Vec<Reach>, Error> {
    get_campaign(tx, id)?;
    Ok(repository::report::reach(tx, id)?)
}

/// What one customer would get, and what they are assigned to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Whether they are in the control group, if they are in the audience.
    pub is_held_out: bool,
    /// The key of the variant that is shown: the one asked for, else theirs, else the first.
    pub variant: String,
    /// The letter.
    pub letter: Letter,
}

/// The page that previews show as the one to unsubscribe at.
const NO_PAGE: &str = "https://example.com/unsubscribe";

/// Writes a campaign's letter to one customer, and sends nothing.
///
/// # Errors
/// `not_found` for a campaign that is not there, `unknown_reference` for a customer who is not, `invalid` for a variant that it has not, and for what its
/// templates print and is not known of the customer.
pub fn preview(tx: &mut DbConnection, id: Id<Campaign>, customer_id: Id<Customer>, variant: Option<&str>) -> Result<Preview, Error> {
    let campaign = get_campaign(tx, id)?;
    let unknown = |_| Error::new(Code::UnknownReference, "There is no such customer.").at("/customer_id");
    let customer = get_customer(tx, customer_id).map_err(unknown)?;
    let assignment = campaign.draft.groups().assign(id, customer_id);
    let place = match (variant, assignment) {
        (Some(key), _) => campaign
            .draft
            .variants
            .iter()
            .position(|variant| variant.key == key)
            .ok_or_else(|| Error::invalid_field("/variant", "unknown_value", "must be the key of a variant of the campaign"))?,
        (None, Assignment::Variant(place)) => place,
        (None, Assignment::HeldOut) => 0,
    };
    let chosen = campaign.draft.variants.get(place).ok_or_else(|| Error::internal("a campaign without variants"))?;
    let templates = Templates::parse(chosen).map_err(Error::invalid)?;
    let code = coupons::check_batch(tx, &campaign.draft)?.as_ref().map(coupons::code_to_show);
    let facts = Facts::of(&customer, &campaign.draft.name, code.as_deref(), NO_PAGE);
    let letter = templates.write(&facts).map_err(|unwritten| Error::invalid(vec![fault(place, &unwritten)]))?;
    Ok(Preview { is_held_out: assignment == Assignment::HeldOut, variant: chosen.key.clone(), letter })
}

/// Why a variant can not be written, as a fault of the campaign.
fn fault(variant: usize, unwritten: &Unwritten) -> FieldError {
    match unwritten {
        Unwritten::Missing(missing) => {
            let message = format!("prints {}, which is not known of this customer", missing.variable);
            FieldError::new(format!("/variants/{variant}/{}", missing.part), "missing_variable", message)
        }
        Unwritten::Failed { part, words } => FieldError::new(format!("/variants/{variant}/{part}"), "template", words.clone()),
    }
}
