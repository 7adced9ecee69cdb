//! Sends the messages of the outbox by mail.
//!
//! A worker takes a few messages under a lease and hands them over one by one. Before each it makes sure that the message is still its own, after each it
//! notes at once what became of it; so what a worker that is killed may leave to be sent again is the one message that it was handing over just then,
//! and that goes out under the same `Message-ID`.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant as Stopwatch},
};

use super::Tools;
use crate::{
    db::DbConnection,
    domain::{
        ids::Id,
        messages::{Claim, Delivery, Message, message_id},
    },
    error::{Code, Error},
    integrations::smtp::{Conversation, Letter, Mailer, Unreachable},
    services::messages,
};

/// Messages that a worker takes at a time: after a kill so many may have to wait for their lease to end.
const BATCH: i64 = 20;
/// How long it is tried to note what became of a message while the database is away.
const INSISTENCE: Duration = Duration::from_secs(60);

/// What a look into the outbox came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Round {
    /// Nothing was due.
    Idle,
    /// So many were handed over, or tried in vain.
    Done(usize),
    /// The mail server can not be talked to; what was due waits.
    Unreachable(Unreachable),
}

/// Tries a batch of what is due.
///
/// # Errors
/// The database's; a message that can not be sent is no error.
pub fn send_batch(tools: &Tools, mailer: &Mailer, stop: &AtomicBool) -> Result<Round, Error> {
    let (claim, now, wanted) = (Id::generate(), tools.clock.now(), mailer.sender().domain().to_owned());
    let (messages, domain) = tools.db.write_blocking(move |tx| {
        let messages = messages::claim(tx, now, claim, BATCH)?;
        let domain = if messages.is_empty() { wanted } else { messages::message_id_domain(tx, &wanted)? };
        Ok::<_, Error>((messages, domain))
    })?;
    if messages.is_empty() {
        return Ok(Round::Idle);
    }
    let started = Stopwatch::now();
    let mut batch = Batch { tools, mailer, claim, domain, ended: None, tried: 0 };
    let outcome = batch.send(messages, stop)?;
    let error = outcome.as_ref().err().map(ToString::to_string);
    batch.close(error)?;
    if batch.tried > 0 {
        tracing::info!(tried = batch.tried, ms = started.elapsed().as_secs_f64() * 1000.0, "mail");
    }
    Ok(outcome.map_or_else(Round::Unreachable, |()| Round::Done(batch.tried)))
}

/// Tries everything that is due, on this thread; answers how many were tried. For tests.
///
/// # Errors
/// The database's.
pub fn send_due(tools: &Tools, mailer: &Mailer) -> Result<usize, Error> {
    let stop = AtomicBool::new(false);
    let mut tried = 0;
    while let Round::Done(count) = send_batch(tools, mailer, &stop)? {
        tried += count;
    }
    Ok(tried)
}

/// Messages in hand.
struct Batch<'a> {
    tools: &'a Tools,
    mailer: &'a Mailer,
    claim: Id<Claim>,
    domain: String,
    /// The attempt that ended last. It is noted in the transaction that begins the next one.
    ended: Option<(Message, Delivery)>,
    tried: usize,
}

impl Batch<'_> {
    fn send(&mut self, messages: Vec<Message>, stop: &AtomicBool) -> Result<Result<(), Unreachable>, Error> {
        let mailer = self.mailer;
        let mut conversation: Option<Conversation<'_>> = None;
        for message in messages {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let mut open = match conversation.take().filter(|open| !open.has_ended()).map_or_else(|| mailer.connect(), Ok) {
                Ok(open) => open,
                Err(unreachable) => return Ok(Err(unreachable)),
            };
            if !self.begin(message.clone())? {
                conversation = Some(open);
                continue;
            }
            self.tried += 1;
            let delivery = open.send(Letter {
                message_id: &message_id(message.id, &self.domain),
                written_at: message.created_at,
                recipient: &message.content.recipient,
                subject: &message.content.subject,
                body: &message.content.body,
                html: message.content.html.as_deref(),
                unsubscribe_url: message.content.campaign.as_ref().and_then(|campaign| campaign.unsubscribe_url.as_deref()),
            });
            match delivery {
                Ok(delivery) => self.ended = Some((message, delivery)),
                Err(unreachable) => {
                    self.ended = Some((message, Delivery::Failed(unreachable.to_string())));
                    return Ok(Err(unreachable));
                }
            }
            conversation = Some(open);
        }
        if let Some(open) = conversation {
            // What became of the last one is noted before the server is asked for anything more.
            self.write(|_| Ok(()))?;
            open.end();
        }
        Ok(Ok(()))
    }

    /// Begins the next attempt; `false` when another worker has the message now, or it may not leave any more.
    fn begin(&mut self, message: Message) -> Result<bool, Error> {
        let (claim, now) = (self.claim, self.tools.clock.now());
        self.write(move |tx| messages::begin(tx, now, claim, &message))
    }

    /// Puts back what was not tried.
    fn close(&mut self, error: Option<String>) -> Result<(), Error> {
        let (claim, now) = (self.claim, self.tools.clock.now());
        self.write(move |tx| messages::release(tx, now, claim, error.as_deref()))
    }

    /// Notes what became of the attempt that ended last, and writes what comes next with it. A database that is away is asked again for a while:
    /// forgotten, a message would be sent twice.
    fn write<T: Send + 'static>(
        &mut self,
        next: impl Fn(&mut DbConnection) -> Result<T, Error> + Clone + Send + 'static,
    ) -> Result<T, Error> {
        let (claim, now, jitter, ended) = (self.claim, self.tools.clock.now(), rand::random(), self.ended.take());
        if let Some((message, delivery)) = &ended {
            tell(message, delivery);
        }
        let change = move |tx: &mut DbConnection| {
            if let Some((message, delivery)) = &ended {
                messages::settle(tx, now, claim, message, delivery, jitter)?;
            }
            next(tx)
        };
        let started = Stopwatch::now();
        loop {
            match self.tools.db.write_blocking(change.clone()) {
                Err(error) if error.code() == Code::Unavailable && started.elapsed() < INSISTENCE => {
                    thread::sleep(Duration::from_millis(500))
                }
                answer => return answer,
            }
        }
    }
}

/// The server's words can hold the customer's address: they are kept with the message and not logged.
fn tell(message: &Message, delivery: &Delivery) {
    let (id, kind, attempt) = (message.id, message.content.kind, message.attempts.saturating_add(1));
    match delivery {
        Delivery::Taken => tracing::debug!(message = %id, %kind, attempt, "message sent"),
        Delivery::Refused(_) => tracing::warn!(message = %id, %kind, attempt, "message refused: its error says why"),
        Delivery::Failed(_) => tracing::warn!(message = %id, %kind, attempt, "message not sent this time: its error says why"),
    }
}
