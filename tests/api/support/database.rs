//! A fresh database for a test.

use std::sync::OnceLock;

use diesel::{Connection, PgConnection, RunQueryDsl, sql_query};
use patron::db::{self, DatabaseUrl};
use tempfile::TempDir;

/// A database that is gone when the test is.
pub struct Database {
    pub url: DatabaseUrl,
    _folder: Option<TempDir>,
}

impl Database {
    /// A file in a folder of its own.
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}", folder.path().join("test.db").display()).parse().expect("a URL");
        Self { url, _folder: Some(folder) }
    }

    /// A database of its own on the server that `scripts/test` starts, copied from one that was migrated once.
    pub fn postgres() -> Self {
        static TEMPLATE: OnceLock<String> = OnceLock::new();
        let template = TEMPLATE.get_or_init(|| {
            let name = format!("template_{}", uuid::Uuid::new_v4().simple());
            execute(&format!("CREATE DATABASE {name}"));
            db::migrate(&mut db::open(&url_of(&name)).expect("a connection")).expect("migrations");
            name
        });
        let name = format!("test_{}", uuid::Uuid::new_v4().simple());
        execute(&format!("CREATE DATABASE {name} TEMPLATE {template}"));
        Self { url: url_of(&name), _folder: None }
    }
}

fn server() -> String {
    std::env::var("PATRON_TEST_POSTGRES_URL")
        .expect("PATRON_TEST_POSTGRES_URL is not set: run the tests with scripts/test, or below scripts/postgres")
}

fn url_of(name: &str) -> DatabaseUrl {
    let server = server();
    let (address, _) = server.rsplit_once('/').expect("a database in the URL");
    format!("{address}/{name}").parse().expect("a URL")
}

fn execute(statement: &str) {
    let mut conn = PgConnection::establish(&server()).expect("the test server answers");
    sql_query(statement).execute(&mut conn).expect(statement);
}
