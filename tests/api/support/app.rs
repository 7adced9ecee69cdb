//! A running server with a clock that can be moved.

use std::{
    net::TcpListener,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use actix_web::{dev::ServerHandle, web::Data};
use futures_util::FutureExt;
use patron::{
    config::Config,
    db::DbConnection,
    domain::{
        clients::ClientDraft,
        clock::{Clock, SystemClock},
        instants::Instant,
        permissions::{Actor, Permission, PermissionSet, Role},
        secrets::SecretText,
        signatures,
        staff::UserDraft,
    },
    error::Error,
    http::app::App,
    services::{clients, consistency, users},
    startup,
};
use uuid::Uuid;

use super::{Caller, Database, caller};

/// The machine's clock, moved by so many seconds.
#[derive(Default)]
struct MovableClock(AtomicI64);

impl Clock for MovableClock {
    fn now(&self) -> Instant {
        SystemClock.now().checked_add(chrono::TimeDelta::seconds(self.0.load(Ordering::Relaxed))).expect("an instant")
    }
}

/// A server over a database of its own.
pub struct TestApp {
    pub app: Data<App>,
    pub base: String,
    clock: Arc<MovableClock>,
    handle: ServerHandle,
    http: reqwest::Client,
    _database: Database,
}

impl TestApp {
    /// Runs a test against a server that is stopped afterwards, whatever comes of the test.
    pub async fn run(database: Database, test: impl for<'a> FnOnce(&'a Self) -> Pin<Box<dyn Future<Output = ()> + 'a>>) {
        Self::run_with(database, |_| {}, test).await;
    }

    /// As [`TestApp::run`], with the configuration changed.
    pub async fn run_with(
        database: Database,
        configure: impl FnOnce(&mut Config),
        test: impl for<'a> FnOnce(&'a Self) -> Pin<Box<dyn Future<Output = ()> + 'a>>,
    ) {
        let app = Self::start(database, configure);
        let outcome = std::panic::AssertUnwindSafe(test(&app)).catch_unwind().await;
        app.handle.stop(false).await;
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    }

    fn start(database: Database, configure: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::for_tests(database.url.clone());
        configure(&mut config);
        let currency = startup::prepare_database(&config, true).expect("a prepared database");
        let clock = Arc::new(MovableClock::default());
        let app = Data::new(startup::build_app(&config, currency, Arc::clone(&clock) as Arc<dyn Clock>).expect("an app"));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let server = startup::serve(app.clone(), &config, listener).expect("a server");
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { app, base, clock, handle, http: caller::client(), _database: database }
    }

    /// Has the server open all its connections, so that what is asked at once next also runs at once.
    pub async fn open_connections(&self) {
        let admin = self.admin();
        futures_util::future::join_all((0..32).map(|_| admin.get("/v1/categories"))).await;
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds, Ordering::Relaxed);
    }

    /// The present as the server sees it.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// What `patron check` finds broken: each rule with the ids of what breaks it.
    pub async fn faults(&self) -> Vec<String> {
        let findings = self.app.db.read(|tx| consistency::check(tx, |_| {})).await.expect("a check");
        assert!(findings.len() > 10, "{findings:?}");
        findings.into_iter().filter(|it| !it.breaches.is_empty()).map(|it| format!("{}: {:?}", it.rule, it.breaches)).collect()
    }

    /// What a provider of payments signs a body with.
    pub fn signature_of(&self, body: &str) -> String {
        let secret = self.app.payment_secret.as_ref().expect("a secret");
        signatures::sign(secret.reveal(), body.as_bytes(), self.now())
    }

    /// What the shop's gateway signs a body with.
    pub fn gateway_signature_of(&self, body: &str) -> String {
        let secret = self.app.gateway_secret.as_ref().expect("a secret");
        signatures::sign(secret.reveal(), body.as_bytes(), self.now())
    }

    /// A member of staff.
    pub fn staff(&self, role: Role) -> Caller {
        self.caller(&role.to_string(), role.permissions(), move |tx, now| {
            let email = format!("{}@patron.test", Uuid::new_v4());
            let draft = UserDraft { email, name: None, role, password: SecretText::new(String::new()) };
            Ok(users::create_user(tx, &Actor::system(), now, &draft, "no login")?.id.uuid())
        })
    }

    /// A member of staff who may do everything.
    pub fn admin(&self) -> Caller {
        self.staff(Role::Admin)
    }

    /// A client with scopes.
    pub fn client(&self, scopes: &str) -> Caller {
        let scopes = PermissionSet::parse(scopes).expect("scopes");
        self.caller("integration", scopes, move |tx, now| {
            let draft = ClientDraft { name: "Somebody".to_owned(), scopes: scopes.iter().collect() };
            Ok(clients::create_client(tx, &Actor::system(), now, &draft, "no login")?.id.uuid())
        })
    }

    /// A client that may do everything: an admin who is not among the users.
    pub fn almighty(&self) -> Caller {
        self.client(&Role::Admin.permissions().to_string())
    }

    /// Somebody without a token.
    pub fn nobody(&self) -> Caller {
        Caller::new(self.http.clone(), self.base.clone(), None)
    }

    /// Somebody with a token of their own making.
    pub fn bearer(&self, token: &str) -> Caller {
        Caller::new(self.http.clone(), self.base.clone(), Some(token.to_owned()))
    }

    /// Only operations on accounts look the caller's own up, so others need none.
    fn caller(
        &self,
        role: &str,
        permissions: PermissionSet,
        account: impl FnOnce(&mut DbConnection, Instant) -> Result<Uuid, Error> + Send + 'static,
    ) -> Caller {
        use Permission as P;
        let needs_account = [P::ReadUsers, P::WriteUsers, P::ReadClients, P::WriteClients].iter().any(|it| permissions.contains(*it));
        let now = self.now();
        let id = if needs_account {
            // On a thread of its own: the test's may not wait for a database.
            let db = self.app.db.clone();
            let stored = std::thread::spawn(move || db.write_blocking(move |tx| account(tx, now)));
            stored.join().expect("no panic").expect("an account")
        } else {
            Uuid::new_v4()
        };
        self.bearer(&self.app.tokens.sign(id, role, permissions, now, Uuid::new_v4()).expect("a token"))
    }
}
