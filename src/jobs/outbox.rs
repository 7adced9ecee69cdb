//! Hands the messages of the outbox over, each to the carrier of its channel.
//!
//! A worker takes a few messages under a lease and hands them over one by one. Before each it makes sure that the message is still its own, after each it
//! notes at once what became of it. Where many wait it holds several such conversations at once, each with messages of its own. So what a worker that is
//! killed may leave to be sent again is the one message in each conversation that it was handing over just then, and that goes out under the same mark.

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
        instants::Instant,
        messages::{Carrier, Claim, Delivery, Message, message_id},
    },
    error::{Code, Error},
    integrations::Unreachable,
    services::messages,
};

/// Messages that a conversation takes at a time: after a kill so many may have to wait for their lease to end.
const BATCH: usize = 20;
/// Conversations with a carrier at a time: the other end's answers are waited for most of the time, and it shall not be overrun.
pub const CONVERSATIONS: usize = 4;
/// How long it is tried to note what became of a message while the database is away.
const INSISTENCE: Duration = Duration::from_secs(60);

/// Takes messages from us, in conversations.
pub trait Carry: Send + Sync {
    /// Which of them.
    const CARRIER: Carrier;
    /// What logs and threads call it.
    const NAME: &'static str;
    /// One message after the other.
    type Conversation<'a>: Converse
    where
        Self: 'a;

    /// Where it is, as logs show it.
    fn place(&self) -> String;

    /// The domain that ends the marks of messages, where it wants one; it is fixed with the first message that is sent.
    fn domain(&self) -> Option<&str>;

    /// Begins a conversation.
    ///
    /// # Errors
    /// Whatever goes wrong before a message was spoken of.
    fn connect(&self) -> Result<Self::Conversation<'_>, Unreachable>;
}

/// A message as it is handed over.
#[derive(Debug, Clone, Copy)]
pub struct Handover<'a> {
    /// The message.
    pub message: &'a Message,
    /// What tells its receiver that they get it twice: the same at every attempt.
    pub mark: &'a str,
    /// When.
    pub now: Instant,
}

/// A conversation with a carrier.
pub trait Converse {
    /// Hands a message over.
    ///
    /// # Errors
    /// When the carrier takes nothing from us; that is no attempt.
    fn send(&mut self, handover: Handover<'_>) -> Result<Delivery, Unreachable>;

    /// Whether the carrier can be told nothing more.
    fn has_ended(&self) -> bool;

    /// Says goodbye.
    fn end(self);
}

/// What a look into the outbox came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Round {
    /// Nothing was due.
    Idle,
    /// So many were handed over, or tried in vain.
    Done(usize),
    /// The carrier can not be talked to; what was due waits.
    Unreachable(Unreachable),
}

impl Round {
    /// What both came to together. A carrier that takes no further conversation, and goes on with the others, can be talked to.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Done(one), Self::Done(more)) => Self::Done(one + more),
            (Self::Done(count), Self::Unreachable(error)) | (Self::Unreachable(error), Self::Done(count)) if count > 0 => {
                tracing::warn!(%error, "a further conversation was refused");
                Self::Done(count)
            }
            (Self::Unreachable(error), _) | (_, Self::Unreachable(error)) => Self::Unreachable(error),
            (Self::Idle, round) | (round, Self::Idle) => round,
        }
    }
}

/// Tries what is due: a batch, and while batches are full the next ones in several conversations at once.
///
/// # Errors
/// The database's; a message that can not be sent is no error.
pub fn send_round<C: Carry>(tools: &Tools, carrier: &C, stop: &AtomicBool) -> Result<Round, Error> {
    let first = send_batch(tools, carrier, stop)?;
    if first != Round::Done(BATCH) {
        return Ok(first);
    }
    thread::scope(|scope| {
        let converse = || send_while_full(tools, carrier, stop);
        // Where no further thread is to be had there are fewer.
        let others: Vec<_> = (1..CONVERSATIONS).filter_map(|_| thread::Builder::new().spawn_scoped(scope, converse).ok()).collect();
        let own = converse();
        // All are waited for, whatever one of them says.
        let panicked = |_| Err(Error::internal("a conversation panicked"));
        let rounds: Vec<Result<Round, Error>> =
            others.into_iter().map(|other| other.join().unwrap_or_else(panicked)).chain([own]).collect();
        rounds.into_iter().try_fold(first, |total, round| Ok(total.and(round?)))
    })
}

fn send_while_full<C: Carry>(tools: &Tools, carrier: &C, stop: &AtomicBool) -> Result<Round, Error> {
    let mut total = Round::Idle;
    loop {
        let round = send_batch(tools, carrier, stop)?;
        let is_full = round == Round::Done(BATCH);
        total = total.and(round);
        if !is_full {
            return Ok(total);
        }
    }
}

/// Tries a batch of what is due, in one conversation.
///
/// # Errors
/// The database's; a message that can not be sent is no error.
pub fn send_batch<C: Carry>(tools: &Tools, carrier: &C, stop: &AtomicBool) -> Result<Round, Error> {
    let (claim, now, wanted) = (Id::generate(), tools.clock.now(), carrier.domain().map(ToOwned::to_owned));
    let (messages, domain) = tools.db.write_blocking(move |tx| {
        let messages = messages::claim(tx, now, C::CARRIER, claim, i64::try_from(BATCH).unwrap_or(i64::MAX))?;
        let wanted = wanted.filter(|_| !messages.is_empty());
        let domain = wanted.map(|wanted| messages::message_id_domain(tx, &wanted)).transpose()?;
        Ok::<_, Error>((messages, domain))
    })?;
    if messages.is_empty() {
        return Ok(Round::Idle);
    }
    let started = Stopwatch::now();
    let mut batch = Batch { tools, carrier, claim, domain, ended: None, tried: 0 };
    let outcome = batch.send(messages, stop)?;
    let error = outcome.as_ref().err().map(ToString::to_string);
    batch.close(error)?;
    if batch.tried > 0 {
        tracing::info!(tried = batch.tried, ms = started.elapsed().as_secs_f64() * 1000.0, "{}", C::NAME);
    }
    Ok(outcome.map_or_else(Round::Unreachable, |()| Round::Done(batch.tried)))
}

/// Tries everything that is due; answers how many were tried. For tests.
///
/// # Errors
/// The database's.
pub fn send_due<C: Carry>(tools: &Tools, carrier: &C) -> Result<usize, Error> {
    let stop = AtomicBool::new(false);
    let mut tried = 0;
    while let Round::Done(count) = send_round(tools, carrier, &stop)? {
        tried += count;
    }
    Ok(tried)
}

/// Messages in hand.
struct Batch<'a, C> {
    tools: &'a Tools,
    carrier: &'a C,
    claim: Id<Claim>,
    domain: Option<String>,
    /// The attempt that ended last. It is noted in the transaction that begins the next one.
    ended: Option<(Message, Delivery)>,
    tried: usize,
}

impl<C: Carry> Batch<'_, C> {
    fn send(&mut self, messages: Vec<Message>, stop: &AtomicBool) -> Result<Result<(), Unreachable>, Error> {
        let carrier = self.carrier;
        let mut conversation: Option<C::Conversation<'_>> = None;
        for message in messages {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let mut open = match conversation.take().filter(|open| !open.has_ended()).map_or_else(|| carrier.connect(), Ok) {
                Ok(open) => open,
                Err(unreachable) => return Ok(Err(unreachable)),
            };
            if !self.begin(message.clone())? {
                conversation = Some(open);
                continue;
            }
            let mark = self.domain.as_ref().map_or_else(|| message.id.to_string(), |domain| message_id(message.id, domain));
            match open.send(Handover { message: &message, mark: &mark, now: self.tools.clock.now() }) {
                Ok(delivery) => {
                    self.tried += 1;
                    self.ended = Some((message, delivery));
                }
                Err(unreachable) => {
                    self.ended = Some((message, Delivery::NotTried(unreachable.to_string())));
                    return Ok(Err(unreachable));
                }
            }
            conversation = Some(open);
        }
        if let Some(open) = conversation {
            // What became of the last one is noted before the carrier is asked for anything more.
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
        let note = move |tx: &mut DbConnection| match &ended {
            Some((message, delivery)) => messages::settle(tx, now, claim, message, delivery, jitter),
            None => Ok(()),
        };
        let noted = note.clone();
        let answer = self.insist(move |tx| {
            noted(tx)?;
            next(tx)
        });
        if answer.is_err() {
            // What comes next can fail for reasons of its own.
            self.insist(note)?;
        }
        answer
    }

    fn insist<T: Send + 'static>(
        &self,
        change: impl Fn(&mut DbConnection) -> Result<T, Error> + Clone + Send + 'static,
    ) -> Result<T, Error> {
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

/// The carrier's words can hold the customer's address: they are kept with the message and not logged.
fn tell(message: &Message, delivery: &Delivery) {
    let (id, kind, attempt) = (message.id, message.content.kind, message.attempts.saturating_add(1));
    match delivery {
        Delivery::Taken => tracing::debug!(message = %id, %kind, attempt, "message sent"),
        Delivery::Refused { .. } => tracing::warn!(message = %id, %kind, attempt, "message refused: its error says why"),
        Delivery::NotTried(_) => tracing::debug!(message = %id, %kind, "message waits"),
        Delivery::Failed(_) => tracing::warn!(message = %id, %kind, attempt, "message not sent this time: its error says why"),
    }
}
