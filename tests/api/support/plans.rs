//! How the databases find what a repository asks for.

use std::sync::{Arc, Mutex};

use diesel::{
    Connection, QueryableByName, RunQueryDsl,
    connection::{InstrumentationEvent, SimpleConnection},
    sql_query,
    sql_types::{Float, Text},
};
use patron::db::{self, DatabaseUrl, DbConnection};

/// A statement and how it is run.
#[derive(Debug)]
pub struct Plan {
    pub sql: String,
    pub plan: String,
}

#[derive(QueryableByName)]
struct SqliteStep {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[derive(QueryableByName)]
struct PostgresStep {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    detail: String,
}

/// The plans of everything that `ask` asks. The test's tables are nearly empty, where reading them whole is quickest: so the server is told
/// to do that only where it has no other way.
pub fn plans_of(url: &DatabaseUrl, ask: impl FnOnce(&mut DbConnection)) -> Vec<Plan> {
    let mut conn = db::open(url).expect("a connection");
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let heard = Arc::clone(&asked);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let text = query.to_string();
            let sql = text.split(" -- binds").next().unwrap_or_default().trim();
            heard.lock().expect("no panic").push(sql.to_owned());
        }
    });
    ask(&mut conn);
    let asked = std::mem::take(&mut *asked.lock().expect("no panic"));
    asked.into_iter().filter(|sql| sql.starts_with("SELECT")).map(|sql| Plan { plan: explain(&mut conn, &sql), sql }).collect()
}

fn explain(conn: &mut DbConnection, sql: &str) -> String {
    let steps: Vec<String> = match conn {
        DbConnection::Sqlite(c) => {
            let steps: Vec<SqliteStep> = sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(c).expect(sql);
            steps.into_iter().map(|step| step.detail).collect()
        }
        DbConnection::Postgres(c) => {
            c.batch_execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan").expect("settings");
            // Elsewhere the columns tell the types of the values; diesel sends them with the statement.
            let typed = sql.replace("(VALUES ($1, $2)", "(VALUES ($1::uuid, $2::uuid)");
            c.batch_execute(&format!("PREPARE asked AS {typed}")).expect(sql);
            let binds = (1..).take_while(|number| sql.contains(&format!("${number}"))).map(|_| "NULL").collect::<Vec<_>>().join(", ");
            let arguments = if binds.is_empty() { String::new() } else { format!("({binds})") };
            let steps: Vec<PostgresStep> = sql_query(format!("EXPLAIN EXECUTE asked{arguments}")).load(c).expect(sql);
            c.batch_execute("DEALLOCATE asked").expect("no more");
            steps.into_iter().map(|step| step.detail).collect()
        }
    };
    steps.join("\n")
}

/// How many rows the server thinks a table has, `None` where plans go by the indexes alone.
pub fn estimated_rows(url: &DatabaseUrl, table: &str) -> Option<f32> {
    #[derive(QueryableByName)]
    struct Estimate {
        #[diesel(sql_type = Float)]
        reltuples: f32,
    }
    match db::open(url).expect("a connection") {
        DbConnection::Postgres(mut c) => {
            let asked = sql_query("SELECT reltuples FROM pg_class WHERE oid = $1::regclass").bind::<Text, _>(table);
            Some(asked.get_result::<Estimate>(&mut c).expect("the table").reltuples)
        }
        DbConnection::Sqlite(_) => None,
    }
}
