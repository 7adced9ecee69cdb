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
    domain::{
        clock::{Clock, SystemClock},
        instants::Instant,
        orders::payments,
        permissions::{PermissionSet, Role},
    },
    http::app::App,
    startup,
};
use uuid::Uuid;

use super::{Caller, Database};

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
        Self { app, base, clock, handle, http: reqwest::Client::new(), _database: database }
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

    /// What a provider of payments signs a body with.
    pub fn signature_of(&self, body: &str) -> String {
        let secret = self.app.payment_secret.as_ref().expect("a secret");
        payments::sign(secret.reveal(), body.as_bytes(), self.now())
    }

    /// A member of staff.
    pub fn staff(&self, role: Role) -> Caller {
        self.caller(&role.to_string(), role.permissions())
    }

    /// A member of staff who may do everything.
    pub fn admin(&self) -> Caller {
        self.staff(Role::Admin)
    }

    /// A client with scopes.
    pub fn client(&self, scopes: &str) -> Caller {
        self.caller("integration", PermissionSet::parse(scopes).expect("scopes"))
    }

    /// Somebody without a token.
    pub fn nobody(&self) -> Caller {
        Caller::new(self.http.clone(), self.base.clone(), None)
    }

    /// Somebody with a token of their own making.
    pub fn bearer(&self, token: &str) -> Caller {
        Caller::new(self.http.clone(), self.base.clone(), Some(token.to_owned()))
    }

    fn caller(&self, role: &str, permissions: PermissionSet) -> Caller {
        let token = self.app.tokens.sign(Uuid::new_v4(), role, permissions, self.now(), Uuid::new_v4()).expect("a token");
        self.bearer(&token)
    }
}
