//! Inviting customers, and finding what a link leads to.

use std::collections::HashMap;

use chrono::TimeDelta;

use super::{get_survey, wrong_step};
use crate::{
    db::DbConnection,
    domain::{
        customers::Customer,
        ids::Id,
        instants::Instant,
        links::{LinkPurpose, Links},
        messages::{Message, MessageChannel, MessageKind, NewMessage},
        paging::{Page, PageRequest},
        secrets::{SecretText, new_link_token, token_digest},
        surveys::{Invitation, InvitationOutcome, InvitationSearch, InvitationSort, InvitationsDraft, Invited, Survey, SurveyStatus},
    },
    error::{Code, Error},
    repositories::{
        customers,
        surveys::{self as repository, invitations},
    },
    services::messages,
};

/// The page that every link of a survey leads to.
pub const PAGE: &str = "/v1/public/surveys";

/// Days that a link works unless said otherwise.
const DAYS: i64 = 30;

/// A page of the invitations to a survey.
///
/// # Errors
/// `not_found`.
pub fn list_invitations(
    tx: &mut DbConnection,
    survey: Id<Survey>,
    search: &InvitationSearch,
    page: &PageRequest<InvitationSort>,
) -> Result<Page<Invitation>, Error> {
    get_survey(tx, survey)?;
    Ok(invitations::list(tx, survey, search, page)?)
}

/// Invites customers to an open survey, in the order of the draft. Who was invited before and has not answered gets a new link, and the old one works no
/// more; who has answered is left alone.
///
/// # Errors
/// `not_found`, `invalid_transition` unless the survey is open, `unknown_reference` for who is no customer.
pub fn invite_customers(
    tx: &mut DbConnection,
    now: Instant,
    links: &Links,
    survey: Id<Survey>,
    draft: &InvitationsDraft,
) -> Result<Vec<Invited>, Error> {
    let survey = get_survey(tx, survey)?;
    if survey.status != SurveyStatus::Open {
        return Err(wrong_step("answered, so nobody can be invited to it", survey.status));
    }
    let known = known_customers(tx, &draft.customer_ids)?;
    let days = TimeDelta::days(draft.expires_in_days.unwrap_or(DAYS));
    let expires_at = now.checked_add(days).ok_or_else(|| Error::invalid_field("/expires_in_days", "range", "reaches too far"))?;
    let before = invitations::find_many_for_update(tx, survey.id, &draft.customer_ids)?;
    let mut before: HashMap<Id<Customer>, Invitation> = before.into_iter().map(|invitation| (invitation.customer_id, invitation)).collect();
    let mut invited = Vec::with_capacity(draft.customer_ids.len());
    for customer_id in &draft.customer_ids {
        invited.push(invite(now, survey.id, *customer_id, expires_at, before.remove(customer_id))?);
    }
    if draft.send {
        send(tx, now, links, &survey, &known, &mut invited)?;
    }
    let changed: Vec<Invitation> = invited.iter().filter(|it| it.token.is_some()).map(|it| it.invitation.clone()).collect();
    if !changed.is_empty() {
        invitations::put(tx, &changed)?;
    }
    Ok(invited)
}

fn known_customers(tx: &mut DbConnection, ids: &[Id<Customer>]) -> Result<HashMap<Id<Customer>, Customer>, Error> {
    let known: HashMap<Id<Customer>, Customer> =
        customers::find_many(tx, ids)?.into_iter().map(|customer| (customer.id, customer)).collect();
    match ids.iter().position(|id| !known.contains_key(id)) {
        None => Ok(known),
        Some(index) => Err(Error::new(Code::UnknownReference, "There is no such customer.").at(format!("/customer_ids/{index}"))),
    }
}

fn invite(
    now: Instant,
    survey_id: Id<Survey>,
    customer_id: Id<Customer>,
    expires_at: Instant,
    before: Option<Invitation>,
) -> Result<Invited, Error> {
    let (id, created_at, outcome) = match before {
        Some(invitation) if invitation.answered_at.is_some() => {
            return Ok(Invited { invitation, outcome: InvitationOutcome::Answered, token: None });
        }
        Some(invitation) => (invitation.id, invitation.created_at, InvitationOutcome::Renewed),
        None => (Id::generate(), now, InvitationOutcome::Invited),
    };
    let token = new_link_token().map_err(Error::internal)?;
    let invitation = Invitation {
        id,
        customer_id,
        survey_id,
        token_digest: token_digest(&token),
        expires_at,
        message_id: None,
        response_id: None,
        answered_at: None,
        created_at,
        updated_at: now,
    };
    Ok(Invited { invitation, outcome, token: Some(token) })
}

/// Queues a message for each who was given a link and has an e-mail address.
fn send(
    tx: &mut DbConnection,
    now: Instant,
    links: &Links,
    survey: &Survey,
    customers: &HashMap<Id<Customer>, Customer>,
    invited: &mut [Invited],
) -> Result<(), Error> {
    let mut contents = Vec::new();
    let mut receivers: Vec<&mut Invitation> = Vec::new();
    for Invited { invitation, token, .. } in invited {
        let customer = customers.get(&invitation.customer_id);
        if let (Some(token), Some(customer)) = (token, customer)
            && let Some(email) = &customer.draft.email
        {
            contents.push(NewMessage {
                kind: MessageKind::SurveyInvitation,
                channel: MessageChannel::Email,
                customer_id: Some(invitation.customer_id),
                about_id: Some(invitation.id.cast()),
                recipient: email.clone(),
                subject: survey.draft.title.clone(),
                body: words(survey, &customer.draft.name, &links.url(PAGE, token.reveal()), invitation.expires_at),
                html: None,
                campaign: None,
            });
            receivers.push(invitation);
        }
    }
    let sent: Vec<Id<Message>> = messages::enqueue_all(tx, now, contents)?;
    receivers.into_iter().zip(sent).for_each(|(invitation, message)| invitation.message_id = Some(message));
    Ok(())
}

fn words(survey: &Survey, name: &str, url: &str, expires_at: Instant) -> String {
    let introduction = survey.draft.introduction.as_deref().unwrap_or(&survey.draft.title);
    let until = expires_at.utc().format("%Y-%m-%d");
    format!("{name},\n\n{introduction}\n\n{url}\n\nThe link is yours alone, and can be answered once, until {until}.\n")
}

/// What a link leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// The survey.
    pub survey: Survey,
    /// The invitation, unless the link is the survey's own.
    pub invitation: Option<Invitation>,
}

/// What the link that ends in `token` leads to.
///
/// # Errors
/// `not_found` for a token that is not ours, has expired or was replaced.
pub fn find_linked(tx: &mut DbConnection, now: Instant, links: &Links, token: &str) -> Result<Linked, Error> {
    let not_found = || Error::not_found("survey, or the link to it has expired");
    if let Some(id) = links.verify(LinkPurpose::OpenSurvey, token, now) {
        let survey = repository::find(tx, id.cast())?.ok_or_else(not_found)?;
        return if survey.draft.has_open_link { Ok(Linked { survey, invitation: None }) } else { Err(not_found()) };
    }
    let digest = token_digest(&SecretText::new(token.to_owned()));
    let invitation = invitations::find_by_token(tx, &digest)?.filter(|invitation| !invitation.is_expired(now)).ok_or_else(not_found)?;
    let survey = get_survey(tx, invitation.survey_id)?;
    Ok(Linked { survey, invitation: Some(invitation) })
}
