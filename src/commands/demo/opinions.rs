//! What the book city's customers think of it, through the same use cases that the API calls. After the first scoring run, whose tiers the answers are
//! counted by.

use crate::{
    db::DbConnection,
    demo::{DemoAnswers, DemoFeedback, DemoShop},
    domain::{
        customers::Customer,
        external_refs::ExternalRef,
        feedback::{FeedbackDraft, FeedbackPriority, FeedbackStep, OutcomeDraft, ReasonDraft, ResolutionDraft},
        identifiers::{Identifier, IdentifierKind},
        ids::Id,
        links::Links,
        permissions::Actor,
        precondition::Precondition,
        surveys::{ResponseDraft, Survey},
    },
    error::Error,
    http::app::App,
    services::{customers, feedback, orders, settings, surveys},
};

/// The setting that says that all has been said.
const SAID: &str = "demo_opinions";

/// Has the customers answer a survey and give feedback, once.
///
/// # Errors
/// The database's.
pub fn load(app: &App, shop: &DemoShop) -> Result<(), Error> {
    let ((survey, opened_at), answers, said, links) = (shop.survey(), shop.answers(), shop.feedback(), app.links.clone());
    app.db.write_blocking(move |tx| {
        if settings::is_set(tx, SAID)? {
            return Ok(());
        }
        let survey = surveys::create_survey(tx, opened_at, survey)?;
        let survey = surveys::open_survey(tx, opened_at, survey.id, &Precondition::None)?;
        // In the order of time, in which lists show them.
        let mut answers = answers.iter().peekable();
        for said in &said {
            while let Some(given) = answers.next_if(|given| given.answered_at <= said.said_at) {
                answer(tx, survey.id, given)?;
            }
            give(tx, &links, said)?;
        }
        answers.try_for_each(|given| answer(tx, survey.id, given))?;
        settings::set(tx, SAID, "true")
    })
}

fn find_customer(tx: &mut DbConnection, index: u32) -> Result<Customer, Error> {
    let reference = super::load::reference(&format!("C{:06}", u64::from(index) + 1));
    customers::find_customer(tx, &Identifier::reference(IdentifierKind::CustomerRef, &reference))
}

fn answer(tx: &mut DbConnection, survey: Id<Survey>, given: &DemoAnswers) -> Result<(), Error> {
    let customer_id = Some(find_customer(tx, given.customer)?.id);
    let draft = ResponseDraft { customer_id, channel: given.channel, answers: given.answers.clone() };
    surveys::responses::create_response(tx, &Actor::system(), given.answered_at, survey, &draft).map(|_| ())
}

fn give(tx: &mut DbConnection, links: &Links, said: &DemoFeedback) -> Result<(), Error> {
    let actor = Actor::system();
    let reference: ExternalRef = super::load::reference(&said.order);
    let order = orders::find_order(tx, &Identifier::reference(IdentifierKind::OrderRef, &reference))?;
    let draft = FeedbackDraft {
        r#type: said.feedback_type,
        channel: said.channel,
        customer_id: None,
        order_id: Some(order.id),
        line_no: Some(1),
        product_id: None,
        subject: Some(said.subject.to_owned()),
        body: Some(said.body.to_owned()),
        rating: said.rating,
        priority: FeedbackPriority::default(),
        attachments: Vec::new(),
        tags: Vec::new(),
        external_refs: Vec::new(),
    };
    let id = feedback::create_feedback(tx, &actor, said.said_at, draft)?.id;
    let Some(done) = said.resolution else { return Ok(()) };
    feedback::take_step(tx, &actor, done.started_at, id, &Precondition::None, FeedbackStep::Start, ReasonDraft::default())?;
    let resolution = ResolutionDraft { resolution: done.words.to_owned() };
    feedback::resolve(tx, &actor, done.resolved_at, links, id, &Precondition::None, resolution)?;
    if let Some((helped, at)) = done.helped {
        feedback::record_outcome(tx, &actor, at, id, &Precondition::None, OutcomeDraft { helped, comment: None })?;
    }
    Ok(())
}
