//! Launching a campaign: its audience is frozen, everybody in it with what they are assigned to or why they are left out.

use std::collections::BTreeMap;

use super::{
    contacts::{Reached, TOGETHER, first_time, look_at},
    coupons, held, store,
};
use crate::{
    db::DbConnection,
    domain::{
        campaigns::{
            Assignment, Campaign, CampaignStatus, CampaignStep, Facts, LaunchDraft, Missing, Recipient, RecipientStatus, Templates, Traces,
            Unwritten,
        },
        contact_policy::ContactPolicy,
        customers::Customer,
        field_error::FieldError,
        ids::Id,
        instants::Instant,
        precondition::Precondition,
    },
    error::Error,
    repositories::campaigns::recipients,
    services::{contact_policy, segments},
};

/// The customers that a fault names as examples.
const EXAMPLES: usize = 5;

/// Launches a draft: its messages leave from `draft.at` on. Everything is decided now, in one transaction: who is in the audience, who of them is left out
/// and why, who is held out, who gets which variant. Every letter is written once to try it, so that none fails for what is not known.
///
/// # Errors
/// `not_found`, `stale_version`, `invalid_transition` for what is no draft, `conflict` for coupons of a batch that has ended or of a time that is over, `invalid`
/// for messages that cost more than the budget, `invalid` for templates that print what is not known of somebody, with how many they are and some of them.
pub fn launch_campaign(
    tx: &mut DbConnection,
    now: Instant,
    id: Id<Campaign>,
    precondition: &Precondition,
    draft: LaunchDraft,
) -> Result<Campaign, Error> {
    let campaign = held(tx, id, precondition)?;
    super::steps::allowed(&campaign, CampaignStep::Launch)?;
    let starts_at = draft.at.unwrap_or(now);
    if starts_at < now {
        return Err(Error::invalid_field("/at", "range", "must not lie in the past"));
    }
    let batch = coupons::check_launch(tx, &campaign.draft, starts_at)?;
    let audience = &campaign.draft.audience;
    let members = segments::member_ids(tx, &audience.segments_in, &audience.segments_out, now)?;
    let policy = contact_policy::current(tx)?;
    let mut trial = Trial::of(&campaign, batch.as_ref().map(coupons::code_to_show))?;
    let mut frozen: Vec<Recipient> = Vec::with_capacity(members.len());
    for ids in members.chunks(TOGETHER) {
        let reached = look_at(tx, now, &policy, &campaign, ids)?;
        frozen.extend(reached.iter().map(|reached| trial.assign(&campaign, &policy, starts_at, reached)));
    }
    trial.outcome()?;
    check_budget(&campaign, &frozen)?;
    // A work list is read again and again, which changes nothing: so what it shows is made now.
    if campaign.draft.is_worked() {
        for audience in frozen.chunks_mut(TOGETHER) {
            coupons::give(tx, now, &campaign, audience)?;
        }
    }
    recipients::insert(tx, frozen)?;
    let status = if starts_at > now { CampaignStatus::Scheduled } else { CampaignStatus::Running };
    store(tx, now, Campaign { status, starts_at: Some(starts_at), launched_at: Some(now), ..campaign })
}

/// Refuses to spend more than was planned.
fn check_budget(campaign: &Campaign, audience: &[Recipient]) -> Result<(), Error> {
    let (Some(budget), Some(each)) = (campaign.draft.budget, campaign.draft.cost_per_message) else { return Ok(()) };
    let readers = audience.iter().filter(|recipient| recipient.variant.is_some()).count();
    let cost = each.saturating_mul(i64::try_from(readers).unwrap_or(i64::MAX));
    if cost <= budget {
        return Ok(());
    }
    Err(Error::invalid_field("/budget", "range", format!("must be at least the {cost} that messages to {readers} people cost")))
}

/// The place of a variant, its field, what is wrong with it and the code of that.
type Unwriteable = (usize, &'static str, String, &'static str);

/// How many, and some of them.
type Customers = (usize, Vec<Id<Customer>>);

/// Writes every letter once, and remembers which could not be written.
struct Trial {
    templates: Vec<Templates>,
    code: Option<String>,
    unwritten: BTreeMap<Unwriteable, Customers>,
}

/// As long as any that is made when a message is written.
const PAGE: &str = "https://shop.example/v1/public/unsubscribe/AY9OHH0qe2OaQT8MXR6KdwAGVgD8tWkAZHKzEpzOBwfrmLg6hSmV0w";

impl Trial {
    fn of(campaign: &Campaign, code: Option<String>) -> Result<Self, Error> {
        let templates: Result<Vec<Templates>, _> = campaign.draft.variants.iter().map(Templates::parse).collect();
        Ok(Self { templates: templates.map_err(Error::invalid)?, code, unwritten: BTreeMap::new() })
    }

    fn assign(&mut self, campaign: &Campaign, policy: &ContactPolicy, starts_at: Instant, reached: &Reached) -> Recipient {
        let customer = &reached.customer;
        let unassigned = Recipient {
            id: Id::generate(),
            customer_id: customer.id,
            campaign_id: campaign.id,
            variant: None,
            status: RecipientStatus::HeldOut,
            left_out_reason: None,
            send_at: None,
            message_id: None,
            queued_at: None,
            sent_at: None,
            coupon_id: None,
            traces: Traces::default(),
            report: None,
        };
        if let Some(reason) = reached.refusal {
            return Recipient { status: RecipientStatus::LeftOut, left_out_reason: Some(reason.into()), ..unassigned };
        }
        let Assignment::Variant(place) = campaign.draft.groups().assign(campaign.id, customer.id) else { return unassigned };
        self.try_letter(campaign, place, customer);
        let variant = campaign.draft.variants.get(place).map(|variant| variant.key.clone());
        let send_at = first_time(policy, campaign.draft.channel, starts_at, customer);
        Recipient { status: RecipientStatus::Waiting, variant, send_at: Some(send_at), ..unassigned }
    }

    fn try_letter(&mut self, campaign: &Campaign, place: usize, customer: &Customer) {
        let Some(templates) = self.templates.get(place) else { return };
        let key = match templates.write(&Facts::of(customer, &campaign.draft.name, self.code.as_deref(), PAGE)) {
            Ok(_) => return,
            Err(Unwritten::Missing(Missing { part, variable })) => (place, part, variable, "missing_variable"),
            Err(Unwritten::Failed { part, words }) => (place, part, words, "template"),
        };
        let (count, examples) = self.unwritten.entry(key).or_default();
        *count += 1;
        if examples.len() < EXAMPLES {
            examples.push(customer.id);
        }
    }

    /// All that could not be written, named by variant and variable.
    fn outcome(self) -> Result<(), Error> {
        if self.unwritten.is_empty() {
            return Ok(());
        }
        let fault = |((place, part, what, code), (count, examples)): (Unwriteable, Customers)| {
            let named: Vec<String> = examples.iter().map(ToString::to_string).collect();
            let verb = if code == "missing_variable" { "prints" } else { "fails:" };
            let message = format!("{verb} {what}, which can not be written to {count} of the customers, such as {}", named.join(", "));
            FieldError::new(format!("/variants/{place}/{part}"), code, message)
        };
        Err(Error::invalid(self.unwritten.into_iter().map(fault).collect()))
    }
}
