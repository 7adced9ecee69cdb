//! Taking answers in.

use super::{
    get_survey,
    invitations::{Linked, find_linked},
    store, wrong_step,
};
use crate::{
    db::DbConnection,
    domain::{
        customers::{Customer, SatisfactionChange},
        feedback::{Feedback, FeedbackChannel, FeedbackDraft, FeedbackPriority, FeedbackType},
        ids::Id,
        instants::Instant,
        links::Links,
        paging::{Page, PageRequest},
        permissions::Actor,
        surveys::{
            AnswerSheet, Answers, Invitation, Response, ResponseChannel, ResponseDraft, ResponseSearch, ResponseSort, Survey, SurveyStatus,
            answers::{check, complaint, recommendation},
        },
    },
    error::{Code, Error},
    repositories::{
        customers,
        surveys::{self as repository, invitations, responses},
    },
    services::{feedback, points, satisfaction, scoring_runs::tier_of},
};

/// A response to a survey.
///
/// # Errors
/// `not_found`.
pub fn get_response(tx: &mut DbConnection, survey: Id<Survey>, id: Id<Response>) -> Result<(Survey, Response), Error> {
    let survey = get_survey(tx, survey)?;
    let response = responses::find(tx, survey.id, id)?.ok_or_else(|| Error::not_found("response"))?;
    Ok((survey, response))
}

/// A page of the responses to a survey.
///
/// # Errors
/// `not_found`.
pub fn list_responses(
    tx: &mut DbConnection,
    survey: Id<Survey>,
    search: &ResponseSearch,
    page: &PageRequest<ResponseSort>,
) -> Result<(Survey, Page<Response>), Error> {
    let survey = get_survey(tx, survey)?;
    let page = responses::list(tx, survey.id, search, page)?;
    Ok((survey, page))
}

/// Takes in what staff or a client bring. A customer who was invited has then answered the invitation.
///
/// # Errors
/// `not_found`, `invalid_transition` unless the survey is open, `unknown_reference` for who is no customer, `already_answered`, `invalid` with every fault
/// of the answers.
pub fn create_response(
    tx: &mut DbConnection,
    actor: &Actor,
    now: Instant,
    survey: Id<Survey>,
    draft: &ResponseDraft,
) -> Result<(Survey, Response), Error> {
    let survey = get_survey(tx, survey)?;
    let customer = match draft.customer_id {
        None => None,
        Some(id) => {
            let unknown = || Error::new(Code::UnknownReference, "There is no such customer.").at("/customer_id");
            Some(customers::find(tx, id)?.ok_or_else(unknown)?)
        }
    };
    let invitation = match &customer {
        None => None,
        Some(customer) => invitations::find_for_update(tx, customer.id, survey.id)?,
    };
    let sheet = Sheet { channel: draft.channel, answers: answered(&survey, &draft.answers)? };
    take_in(tx, actor, now, survey, customer, invitation, sheet)
}

/// Takes in what comes through a link.
///
/// # Errors
/// `not_found` for a link that is not ours, has expired or was replaced, `already_answered`, `invalid_transition` unless the survey is open, `invalid` with
/// every fault of the answers.
pub fn answer_linked(tx: &mut DbConnection, now: Instant, links: &Links, token: &str, sheet: &AnswerSheet) -> Result<Response, Error> {
    let Linked { survey, invitation } = find_linked(tx, now, links, token)?;
    let (customer, invitation, usual) = match invitation {
        None => (None, None, ResponseChannel::Web),
        Some(seen) => {
            let held = invitations::find_for_update(tx, seen.customer_id, survey.id)?;
            // Answered or renewed by another request since it was found.
            let held = held.filter(|held| held.token_digest == seen.token_digest).ok_or_else(|| Error::not_found("survey"))?;
            (customers::find(tx, held.customer_id)?, Some(held), ResponseChannel::Email)
        }
    };
    let actor = Actor::customer(customer.as_ref().map(|customer| customer.id));
    refuse_second(invitation.as_ref())?;
    let sheet = Sheet { channel: sheet.channel.unwrap_or(usual), answers: answered(&survey, &sheet.answers)? };
    take_in(tx, &actor, now, survey, customer, invitation, sheet).map(|(_, response)| response)
}

/// Answers that were checked, and the way on which they came.
struct Sheet {
    channel: ResponseChannel,
    answers: Answers,
}

fn answered(survey: &Survey, given: &serde_json::Map<String, serde_json::Value>) -> Result<Answers, Error> {
    if survey.status != SurveyStatus::Open {
        return Err(wrong_step("answered", survey.status));
    }
    check(&survey.draft.questions, given).map_err(Error::invalid)
}

fn refuse_second(invitation: Option<&Invitation>) -> Result<(), Error> {
    match invitation.and_then(|invitation| invitation.answered_at) {
        None => Ok(()),
        Some(at) => Err(Error::new(Code::AlreadyAnswered, format!("The invitation was answered at {at}; each can be answered once."))),
    }
}

fn take_in(
    tx: &mut DbConnection,
    actor: &Actor,
    now: Instant,
    survey: Survey,
    customer: Option<Customer>,
    invitation: Option<Invitation>,
    Sheet { channel, answers }: Sheet,
) -> Result<(Survey, Response), Error> {
    refuse_second(invitation.as_ref())?;
    let survey = freeze(tx, now, survey)?;
    let customer_id = customer.as_ref().map(|customer| customer.id);
    let complaint = complain(tx, actor, now, &survey, customer_id, &answers)?;
    if let (Some(customer_id), Some(nps)) = (customer_id, recommendation(&survey.draft.questions, &answers)) {
        satisfaction::record(tx, now, customer_id, SatisfactionChange { nps: Some(nps.into()), ..SatisfactionChange::default() })?;
    }
    let response = Response {
        id: Id::generate(),
        survey_id: survey.id,
        customer_id,
        channel,
        tier: tier_of(tx, customer_id)?,
        card_kind: customer.and_then(|customer| customer.membership).filter(|card| !card.has_lapsed(now)).map(|card| card.kind),
        answers,
        feedback_id: complaint.map(|feedback| feedback.id),
        created_at: now,
    };
    responses::insert(tx, &response)?;
    points::reward_answer(tx, actor, now, &response)?;
    if let Some(invitation) = invitation {
        let answered = Invitation { response_id: Some(response.id), answered_at: Some(now), updated_at: now, ..invitation };
        invitations::update(tx, &answered)?;
    }
    Ok((survey, response))
}

/// Keeps the survey open while it is answered, and marks it as answered the first time that it is. Until then its questions may change, so that the
/// first answer has the row for itself; later ones share it, and only whoever closes the survey waits for them.
fn freeze(tx: &mut DbConnection, now: Instant, survey: Survey) -> Result<Survey, Error> {
    let held =
        if survey.answered_at.is_some() { repository::find_shared(tx, survey.id)? } else { repository::find_for_update(tx, survey.id)? };
    let held = held.ok_or_else(|| Error::not_found("survey"))?;
    if held.status != SurveyStatus::Open {
        return Err(wrong_step("answered", held.status));
    }
    if held.draft.questions != survey.draft.questions {
        return Err(Error::new(Code::Conflict, "The questions have just changed: read them again."));
    }
    if held.answered_at.is_some() { Ok(held) } else { store(tx, now, Survey { answered_at: Some(now), ..held }) }
}

/// The most characters of what a complaint says.
const COMPLAINT_LENGTH: usize = 20_000;

/// Opens one complaint for everything that is low in one response.
fn complain(
    tx: &mut DbConnection,
    actor: &Actor,
    now: Instant,
    survey: &Survey,
    customer_id: Option<Id<Customer>>,
    answers: &Answers,
) -> Result<Option<Feedback>, Error> {
    let Some(body) = complaint(&survey.draft.questions, answers, COMPLAINT_LENGTH) else { return Ok(None) };
    let draft = FeedbackDraft {
        r#type: FeedbackType::Complaint,
        channel: FeedbackChannel::Survey,
        customer_id: Some(customer_id),
        order_id: None,
        line_no: None,
        product_id: None,
        subject: Some(survey.draft.title.clone()),
        body: Some(body),
        rating: None,
        priority: FeedbackPriority::default(),
        attachments: Vec::new(),
        tags: Vec::new(),
        external_refs: Vec::new(),
    };
    feedback::create_feedback(tx, actor, now, draft).map(Some)
}
