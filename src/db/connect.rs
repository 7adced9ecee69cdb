//! From a URL to connections: what each database is told when a connection opens.

use std::{
    fmt,
    path::PathBuf,
    str::FromStr,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use diesel::{Connection, PgConnection, SqliteConnection, connection::SimpleConnection};

use super::{DbConnection, DbError, DbResult};

/// Where the database is. `Debug` and `Display` hide the password.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `sqlite://path`: one file.
    Sqlite(PathBuf),
    /// `postgres://…`, as libpq reads it.
    Postgres(String),
}

impl DatabaseUrl {
    /// A file beside where the program is started, when nothing else is said.
    pub const DEFAULT: &'static str = "sqlite://patron.db";
    /// The same for the book city, which is to stay apart from anybody's shop.
    pub const DEMO: &'static str = "sqlite://demo.db";
}

/// Why a database URL can not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDatabaseUrl {
    /// Neither `sqlite://` nor `postgres://`.
    #[error("unknown scheme: expected sqlite://FILE or postgres://USER:PASSWORD@HOST/DATABASE")]
    Scheme,
    /// `sqlite://` without a file.
    #[error("names no file: expected sqlite://FILE, for example sqlite://patron.db")]
    NoFile,
    /// An in-memory database would vanish with each connection.
    #[error("an in-memory database is not supported: name a file")]
    InMemory,
    /// TLS was asked for and not built in.
    #[error(
        "demands TLS, which this build does not have: build with `--features postgres-tls` (needs perl and make), or use sslmode=disable on a trusted network"
    )]
    TlsNotBuilt,
}

impl FromStr for DatabaseUrl {
    type Err = InvalidDatabaseUrl;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            return match path {
                "" => Err(InvalidDatabaseUrl::NoFile),
                _ if path.contains(":memory:") => Err(InvalidDatabaseUrl::InMemory),
                _ => Ok(Self::Sqlite(PathBuf::from(path))),
            };
        }
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(InvalidDatabaseUrl::Scheme);
        }
        if !cfg!(feature = "postgres-tls") && demands_tls(url) {
            return Err(InvalidDatabaseUrl::TlsNotBuilt);
        }
        Ok(Self::Postgres(url.to_owned()))
    }
}

fn demands_tls(url: &str) -> bool {
    let (_, query) = url.split_once('?').unwrap_or((url, ""));
    query.split('&').any(|pair| matches!(pair, "sslmode=require" | "sslmode=verify-ca" | "sslmode=verify-full"))
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(url) => f.write_str(&without_password(url)),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn without_password(url: &str) -> String {
    let (address, _) = url.split_once('?').unwrap_or((url, ""));
    match address.split_once("://").and_then(|(scheme, rest)| rest.rsplit_once('@').map(|(user, host)| (scheme, user, host))) {
        Some((scheme, user, host)) => format!("{scheme}://{}@{host}", user.split(':').next().unwrap_or_default()),
        None => address.to_owned(),
    }
}

/// What a connection will be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Read,
    Write,
    /// Much of it, by a program that promises nothing before its end: a commit does not wait for the disk.
    Load,
}

/// How long a writer waits for another process to let go of the file, and a statement may run on a server.
const PATIENCE: Duration = Duration::from_secs(30);

/// Opens a connection and tells it how to behave.
///
/// # Errors
/// [`DbError::Unavailable`] with the database's own words.
pub(super) fn connect(url: &DatabaseUrl, purpose: Purpose) -> DbResult<DbConnection> {
    match url {
        DatabaseUrl::Sqlite(path) => {
            let path = path.to_str().ok_or_else(|| DbError::Unavailable("the database's path is not UTF-8".to_owned()))?;
            let mut connection =
                SqliteConnection::establish(path).map_err(|error| DbError::Unavailable(format!("cannot open {path}: {error}")))?;
            // FULL keeps acknowledged writes through a power cut. A load goes all over the file: a large cache and rare checkpoints write
            // each page a few times instead of hundreds.
            let manner = match purpose {
                Purpose::Read => "PRAGMA synchronous=FULL; PRAGMA cache_size=-8192; PRAGMA query_only=ON",
                Purpose::Write => "PRAGMA synchronous=FULL; PRAGMA cache_size=-8192",
                Purpose::Load => "PRAGMA synchronous=NORMAL; PRAGMA cache_size=-98304; PRAGMA wal_autocheckpoint=16384",
            };
            // busy_timeout first: the switch to WAL itself needs the lock.
            connection.batch_execute(&format!(
                "PRAGMA busy_timeout={}; PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; \
                 PRAGMA journal_size_limit=67108864; {manner}",
                PATIENCE.as_millis()
            ))?;
            Ok(DbConnection::Sqlite(connection))
        }
        DatabaseUrl::Postgres(url) => {
            let mut connection = PgConnection::establish(url)?;
            connection.batch_execute(&format!(
                "SET TIME ZONE 'UTC'; SET statement_timeout={0}; SET lock_timeout={0}; SET idle_in_transaction_session_timeout={0}",
                PATIENCE.as_millis()
            ))?;
            if purpose == Purpose::Load {
                connection.batch_execute("SET synchronous_commit=off")?;
            }
            Ok(DbConnection::Postgres(connection))
        }
    }
}

/// Opens one connection that may write, for work that comes before the threads: migrations and commands.
///
/// # Errors
/// [`DbError::Unavailable`] with the database's own words.
pub fn open(url: &DatabaseUrl) -> DbResult<DbConnection> {
    connect(url, Purpose::Write)
}

/// Makes pooled connections. A broken one is dropped when it comes back, and only then are the others asked, once each, before they go
/// out again: a server that restarts breaks them all, and each would cost a request.
#[derive(Debug)]
pub(super) struct Connector {
    url: DatabaseUrl,
    /// Connections found broken so far.
    losses: AtomicU64,
}

impl Connector {
    pub(super) const fn to(url: DatabaseUrl) -> Self {
        Self { url, losses: AtomicU64::new(0) }
    }
}

/// A pooled connection and whether it still answers.
#[allow(missing_debug_implementations, reason = "connections of diesel have none")]
pub(super) struct Pooled {
    pub(super) connection: DbConnection,
    pub(super) is_broken: bool,
    /// The losses there had been when it was last known to answer.
    losses: u64,
}

impl r2d2::ManageConnection for Connector {
    type Connection = Pooled;
    type Error = DbError;

    fn connect(&self) -> DbResult<Pooled> {
        let losses = self.losses.load(Ordering::Relaxed);
        Ok(Pooled { connection: connect(&self.url, Purpose::Write)?, is_broken: false, losses })
    }

    fn is_valid(&self, pooled: &mut Pooled) -> DbResult<()> {
        let losses = self.losses.load(Ordering::Relaxed);
        if pooled.losses != losses {
            pooled.connection.batch_execute("SELECT 1")?;
            pooled.losses = losses;
        }
        Ok(())
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        if pooled.is_broken {
            self.losses.fetch_add(1, Ordering::Relaxed);
        }
        pooled.is_broken
    }
}

#[cfg(test)]
mod tests {
    use diesel::RunQueryDsl;

    use super::*;

    #[test]
    fn urls_are_read_by_scheme() {
        assert_eq!("sqlite://shop.db".parse(), Ok(DatabaseUrl::Sqlite("shop.db".into())));
        assert_eq!("sqlite:///data/shop.db".parse(), Ok(DatabaseUrl::Sqlite("/data/shop.db".into())));
        assert_eq!(DatabaseUrl::DEFAULT.parse(), Ok(DatabaseUrl::Sqlite("patron.db".into())));
        assert_eq!("mysql://x".parse::<DatabaseUrl>(), Err(InvalidDatabaseUrl::Scheme));
        assert_eq!("sqlite://".parse::<DatabaseUrl>(), Err(InvalidDatabaseUrl::NoFile));
        assert_eq!("sqlite://:memory:".parse::<DatabaseUrl>(), Err(InvalidDatabaseUrl::InMemory));
    }

    #[cfg(not(feature = "postgres-tls"))]
    #[test]
    fn tls_that_is_not_built_in_is_refused_by_name() {
        let refused = "postgres://shop@db.example/shop?sslmode=require".parse::<DatabaseUrl>().unwrap_err();
        assert!(refused.to_string().contains("postgres-tls"));
    }

    #[test]
    fn passwords_are_not_shown() {
        let url: DatabaseUrl = "postgres://shop:secret@db.example/shop?password=secret".parse().unwrap();
        assert_eq!(format!("{url} {url:?}"), "postgres://shop@db.example/shop postgres://shop@db.example/shop");
    }

    /// Without these flags everything works, half as fast: only this test would tell.
    #[test]
    fn the_file_database_is_compiled_as_configured() {
        #[derive(diesel::QueryableByName)]
        struct Compiled {
            #[diesel(sql_type = diesel::sql_types::Text)]
            compile_options: String,
        }
        let mut memory = SqliteConnection::establish(":memory:").unwrap();
        let compiled: Vec<Compiled> = diesel::sql_query("PRAGMA compile_options").load(&mut memory).unwrap();
        let has = |option: &str| compiled.iter().any(|compiled| compiled.compile_options == option);
        assert!(has("ENABLE_QPSG") && has("THREADSAFE=2") && has("DEFAULT_MEMSTATUS=0"), "see .cargo/config.toml");
        assert!(!has("ENABLE_API_ARMOR") && !has("ENABLE_MEMORY_MANAGEMENT"), "see .cargo/config.toml");
    }
}
