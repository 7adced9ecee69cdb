//! A closure on its way to a connection, and its answer on the way back.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use super::{DbConnection, DbError, DbResult};

/// Whether a write is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteMode {
    /// Keep what was written.
    Commit,
    /// Run every check and write, then undo it all: `validate_only`.
    DryRun,
}

/// The transaction a task needs around it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Style {
    Statement,
    Snapshot,
    Write(WriteMode),
}

/// What is to become of a task's writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Keep,
    Undo,
}

/// Whether the caller was told of success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    Success,
    Failure,
}

/// A task with its types forgotten.
pub(super) trait Task: Send {
    fn style(&self) -> Style;
    /// How long ago it was packed.
    fn waited(&self) -> Duration;
    /// Runs the closure; a panic becomes an error of this task alone.
    fn run(&mut self, conn: &mut DbConnection) -> Verdict;
    /// Sends the answer: the closure's own, unless the transaction around it failed.
    fn answer(self: Box<Self>, transaction: DbResult<()>) -> Told;
}

struct TypedTask<F, T, E> {
    style: Style,
    packed: Instant,
    closure: Option<F>,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

/// Packs a closure; its answer comes through the second half.
pub(super) fn pack<T, E, F>(style: Style, closure: F) -> (Box<dyn Task>, Answer<T, E>)
where
    T: Send + 'static,
    E: From<DbError> + Send + 'static,
    F: FnOnce(&mut DbConnection) -> Result<T, E> + Send + 'static,
{
    let (reply, receiver) = oneshot::channel();
    (Box::new(TypedTask { style, packed: Instant::now(), closure: Some(closure), result: None, reply }), Answer(receiver))
}

impl<T, E, F> Task for TypedTask<F, T, E>
where
    T: Send,
    E: From<DbError> + Send,
    F: FnOnce(&mut DbConnection) -> Result<T, E> + Send,
{
    fn style(&self) -> Style {
        self.style
    }

    fn waited(&self) -> Duration {
        self.packed.elapsed()
    }

    fn run(&mut self, conn: &mut DbConnection) -> Verdict {
        let Some(closure) = self.closure.take() else { return Verdict::Undo };
        let result = catch_unwind(AssertUnwindSafe(|| closure(conn)))
            .unwrap_or_else(|panic| Err(DbError::Other(words_of(panic.as_ref()).into()).into()));
        let verdict = match (&result, self.style) {
            (Ok(_), Style::Write(WriteMode::DryRun)) | (Err(_), _) => Verdict::Undo,
            (Ok(_), _) => Verdict::Keep,
        };
        self.result = Some(result);
        verdict
    }

    fn answer(self: Box<Self>, transaction: DbResult<()>) -> Told {
        let result = match (self.result, transaction) {
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(error.into()),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(lost()),
        };
        let told = if result.is_ok() { Told::Success } else { Told::Failure };
        // Nobody listens any more when the client hung up: the work stands all the same.
        drop(self.reply.send(result));
        told
    }
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let words = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("a database task panicked: {}", words.unwrap_or("no message"))
}

/// The answer to come.
pub(super) struct Answer<T, E>(oneshot::Receiver<Result<T, E>>);

impl<T, E: From<DbError>> Answer<T, E> {
    /// Blocks the thread until the answer is there.
    pub(super) fn wait(self) -> Result<T, E> {
        self.0.blocking_recv().unwrap_or_else(|_| Err(lost()))
    }

    /// Awaits the answer.
    pub(super) async fn receive(self) -> Result<T, E> {
        self.0.await.unwrap_or_else(|_| Err(lost()))
    }
}

fn lost<E: From<DbError>>() -> E {
    DbError::Unavailable("the database thread ended before it answered".to_owned()).into()
}
