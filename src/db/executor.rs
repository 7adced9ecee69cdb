//! The threads that own the connections. Handlers hand a closure in and await its answer; a full queue is
//! [`DbError::Busy`], so overload is told at once instead of piling up.
//!
//! SQLite: reader threads, and one writer that drains its queue into one transaction with a savepoint per job and one commit for all
//! (group commit: durable, and several times as fast as a commit each). PostgreSQL: every thread borrows from one r2d2 pool; a quarter of the
//! threads is kept for writers, who wait for the disk, while readers take the server's processors: more of them at once only wait for each other.

use std::{sync::Arc, thread, time::Duration};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, select};
use diesel::connection::SimpleConnection;

use super::{
    DatabaseUrl, DbConnection, DbError, DbResult, Transactional,
    connect::{Connector, Pooled, Purpose, connect},
    statistics::settle,
    task::{Answer, Style, Task, Told, Verdict, WriteMode, pack},
    transaction::{begin_write, commit, roll_back},
};

/// How many jobs one commit may carry: keeps the slowest answer of a full queue well under 100 ms.
const GROUP: usize = 64;

/// How long a request waits for a database that is away. Counted from its arrival: were it counted anew for each that a thread takes up,
/// the last in a long queue would wait for minutes.
const OUTAGE_PATIENCE: Duration = Duration::from_secs(3);

/// How the threads are laid out.
#[derive(Debug, Clone)]
pub struct DbSettings {
    /// Where the database is.
    pub url: DatabaseUrl,
    /// Threads (and connections) to a server; more than cores, because writers wait for the disk.
    pub connections: u32,
    /// Threads that read a file; one per core is best.
    pub readers: usize,
    /// Jobs that may wait before new ones are refused.
    pub queue: usize,
}

/// The database as the rest of the program sees it: cheap to clone, runs closures on connections.
#[derive(Clone)]
pub struct Db {
    url: DatabaseUrl,
    readers: Sender<Box<dyn Task>>,
    writers: Sender<Box<dyn Task>>,
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Db").field("url", &self.url).field("waiting", &self.waiting()).finish()
    }
}

impl Db {
    /// Starts the threads. Migrations must have run.
    ///
    /// # Errors
    /// When no connection can be opened.
    pub fn start(settings: &DbSettings) -> DbResult<Self> {
        match &settings.url {
            DatabaseUrl::Sqlite(_) => Self::start_file(settings),
            DatabaseUrl::Postgres(_) => Self::start_server(settings),
        }
    }

    /// Starts one thread, for a command that loads much and promises nothing before [`Db::settle`].
    ///
    /// # Errors
    /// When no connection can be opened.
    pub fn start_load(url: &DatabaseUrl) -> DbResult<Self> {
        let (sender, tasks) = bounded(1);
        let mut connection = connect(url, Purpose::Load)?;
        spawn("db-loader", move || {
            for task in tasks.iter() {
                run_alone(&mut connection, task);
            }
        })?;
        Ok(Self { url: url.clone(), readers: sender.clone(), writers: sender })
    }

    /// Makes everything durable that was written so far.
    ///
    /// # Errors
    /// The database's.
    pub fn settle(&self) -> DbResult<()> {
        let (task, answer) = pack(Style::Statement, settle);
        self.writers.send(task).map_err(|_| stopped())?;
        answer.wait()
    }

    fn start_file(settings: &DbSettings) -> DbResult<Self> {
        let (readers, reads) = bounded(settings.queue);
        let (writers, writes) = bounded(settings.queue);
        let mut writer = connect(&settings.url, Purpose::Write)?;
        spawn("db-writer", move || while group_commit(&mut writer, &writes) {})?;
        for number in 0..settings.readers.max(1) {
            let mut reader = connect(&settings.url, Purpose::Read)?;
            let reads: Receiver<Box<dyn Task>> = reads.clone();
            spawn(&format!("db-reader-{number}"), move || {
                for task in reads.iter() {
                    run_alone(&mut reader, task);
                }
            })?;
        }
        Ok(Self { url: settings.url.clone(), readers, writers })
    }

    fn start_server(settings: &DbSettings) -> DbResult<Self> {
        let (readers, reads) = bounded(settings.queue);
        let (writers, writes) = bounded(settings.queue);
        let pool = Arc::new(
            r2d2::Pool::builder()
                .max_size(settings.connections)
                .min_idle(Some(1))
                .connection_timeout(OUTAGE_PATIENCE)
                .build_unchecked(Connector::to(settings.url.clone())),
        );
        for number in 0..settings.connections {
            let writes: Receiver<Box<dyn Task>> = writes.clone();
            let reads = (number >= settings.connections / 4).then(|| reads.clone());
            let pool = Arc::clone(&pool);
            spawn(&format!("db-{number}"), move || {
                while let Some(task) = next(&writes, reads.as_ref()) {
                    match pool.get_timeout(OUTAGE_PATIENCE.saturating_sub(task.waited())) {
                        Ok(mut pooled) => run_pooled(&mut pooled, task),
                        Err(error) => drop(task.answer(Err(DbError::Unavailable(error.to_string())))),
                    }
                }
            })?;
        }
        Ok(Self { url: settings.url.clone(), readers, writers })
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// [`DbError`] when none comes within a few seconds.
    pub async fn ping(&self) -> DbResult<()> {
        let ping = self.query(|conn| conn.batch_execute("SELECT 1").map_err(DbError::from));
        match tokio::time::timeout(OUTAGE_PATIENCE, ping).await {
            Ok(answer) => answer,
            Err(_) => Err(DbError::Unavailable("it does not answer".to_owned())),
        }
    }

    /// Runs a read of one statement: such a read is its own snapshot, so no transaction is opened around it.
    ///
    /// # Errors
    /// What `f` answers, or [`DbError`] when the database is busy or gone.
    pub async fn query<T, E, F>(&self, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&mut DbConnection) -> Result<T, E> + Send + 'static,
    {
        self.send(&self.readers, Style::Statement, f)?.receive().await
    }

    /// Runs a read of several statements on one consistent snapshot.
    ///
    /// # Errors
    /// What `f` answers, or [`DbError`] when the database is busy or gone.
    pub async fn read<T, E, F>(&self, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&mut DbConnection) -> Result<T, E> + Send + 'static,
    {
        self.send(&self.readers, Style::Snapshot, f)?.receive().await
    }

    /// Runs `f` in one transaction that may write. `Ok` is answered only after the commit is durable.
    ///
    /// # Errors
    /// What `f` answers (then nothing was changed), or [`DbError`] when the database is busy or gone.
    pub async fn write<T, E, F>(&self, mode: WriteMode, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&mut DbConnection) -> Result<T, E> + Send + 'static,
    {
        self.send(&self.writers, Style::Write(mode), f)?.receive().await
    }

    /// [`Db::write`] for threads outside the async runtime, such as jobs and commands; waits while the queue is full.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub fn write_blocking<T, E, F>(&self, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&mut DbConnection) -> Result<T, E> + Send + 'static,
    {
        let (task, answer) = pack(Style::Write(WriteMode::Commit), f);
        self.writers.send(task).map_err(|_| stopped())?;
        answer.wait()
    }

    /// A long read on a connection of its own and on the caller's thread, so that requests do not queue behind it.
    ///
    /// # Errors
    /// What `f` answers, or [`DbError`] when no connection can be opened.
    pub fn long_read<T, E: From<DbError>>(&self, f: impl FnOnce(&mut DbConnection) -> Result<T, E>) -> Result<T, E> {
        let mut connection = connect(&self.url, Purpose::Read)?;
        if let DbConnection::Postgres(c) = &mut connection {
            // A plan for any values would be a poor one for the ranges that long reads go through.
            c.batch_execute("SET statement_timeout=0; SET plan_cache_mode=force_custom_plan").map_err(DbError::from)?;
        }
        connection.read_transaction(f)
    }

    /// Jobs waiting for a thread, readers' and writers' together.
    pub fn waiting(&self) -> usize {
        if self.readers.same_channel(&self.writers) { self.readers.len() } else { self.readers.len() + self.writers.len() }
    }

    /// The database's address, safe to print.
    pub const fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    fn send<T, E, F>(&self, queue: &Sender<Box<dyn Task>>, style: Style, f: F) -> Result<Answer<T, E>, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&mut DbConnection) -> Result<T, E> + Send + 'static,
    {
        let (task, answer) = pack(style, f);
        match queue.try_send(task) {
            Ok(()) => Ok(answer),
            Err(TrySendError::Full(_)) => Err(DbError::Busy("the queue is full".to_owned()).into()),
            Err(TrySendError::Disconnected(_)) => Err(stopped().into()),
        }
    }
}

/// The next task of either queue; none when nobody is left who could send one.
fn next(writes: &Receiver<Box<dyn Task>>, reads: Option<&Receiver<Box<dyn Task>>>) -> Option<Box<dyn Task>> {
    let Some(reads) = reads else { return writes.recv().ok() };
    select! {
        recv(writes) -> task => task.or_else(|_| reads.recv()).ok(),
        recv(reads) -> task => task.or_else(|_| writes.recv()).ok(),
    }
}

fn stopped() -> DbError {
    DbError::Unavailable("the database threads have stopped".to_owned())
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> DbResult<()> {
    thread::Builder::new().name(name.to_owned()).spawn(run).map(|_| ()).map_err(|error| DbError::Other(error.into()))
}

/// Runs one task in a transaction of its own and answers it.
fn run_alone(conn: &mut DbConnection, mut task: Box<dyn Task>) -> Told {
    let transaction = match task.style() {
        Style::Statement => {
            task.run(conn);
            Ok(())
        }
        Style::Snapshot => conn.read_transaction(|conn| {
            task.run(conn);
            Ok(())
        }),
        Style::Write(_) => begin_write(conn).and_then(|()| end(task.run(conn), conn)),
    };
    task.answer(transaction)
}

fn end(verdict: Verdict, conn: &mut DbConnection) -> DbResult<()> {
    match verdict {
        Verdict::Keep => commit(conn).inspect_err(|_| drop(roll_back(conn))),
        Verdict::Undo => roll_back(conn),
    }
}

/// A failed task may have lost its connection; asking it is surer than telling apart all the ways a server can go.
fn run_pooled(pooled: &mut Pooled, task: Box<dyn Task>) {
    if run_alone(&mut pooled.connection, task) == Told::Failure {
        pooled.is_broken = pooled.connection.batch_execute("SELECT 1").is_err();
    }
}

/// Takes what waits, up to [`GROUP`] tasks, through one transaction. `false` when no sender is left.
fn group_commit(conn: &mut DbConnection, tasks: &Receiver<Box<dyn Task>>) -> bool {
    let Ok(first) = tasks.recv() else { return false };
    let Ok(second) = tasks.try_recv() else {
        run_alone(conn, first);
        return true;
    };
    let mut group: Vec<Box<dyn Task>> = [first, second].into_iter().chain(tasks.try_iter().take(GROUP - 2)).collect();
    let outcome = begin_write(conn).and_then(|()| {
        for task in &mut group {
            begin_savepoint(conn)?;
            let verdict = task.run(conn);
            end(verdict, conn)?;
        }
        commit(conn)
    });
    if outcome.is_err() {
        drop(roll_back(conn));
    }
    for task in group {
        task.answer(outcome.as_ref().copied().map_err(|error| DbError::Unavailable(error.to_string())));
    }
    true
}

fn begin_savepoint(conn: &mut DbConnection) -> DbResult<()> {
    use diesel::connection::TransactionManager;
    Ok(<DbConnection as diesel::Connection>::TransactionManager::begin_transaction(conn)?)
}
