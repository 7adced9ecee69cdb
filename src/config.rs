//! The only reader of the environment. Everything is checked as a whole at start; each fault is told by its variable's name.

use std::{fmt, net::SocketAddr, str::FromStr};

use tracing_subscriber::EnvFilter;

use crate::{
    db::{DatabaseUrl, DbSettings},
    domain::{access_tokens::AccessTokens, money::Currency},
    integrations::{
        gateway::GatewayUrl,
        smtp::{Sender, SmtpUrl},
    },
};

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A text to be kept secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// Everything that can be set from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// `DATABASE_URL`.
    pub database: DatabaseUrl,
    /// `PATRON_ADDR`: where to listen.
    pub addr: SocketAddr,
    /// `PATRON_PUBLIC_URL`: where customers reach this server, the beginning of links in messages; `http://PATRON_ADDR` when not set.
    pub public_url: String,
    /// `PATRON_CURRENCY`: the base currency, fixed when the database is first migrated; `None` = whatever the database has, CNY for a new one.
    pub currency: Option<Currency>,
    /// `PATRON_RATE_LIMIT`: requests a minute and client; 0 = none.
    pub rate_limit: u32,
    /// `PATRON_TRUSTED_PROXIES`: how many reverse proxies stand in front, each of which adds the address that it was called from to
    /// `X-Forwarded-For`; 0 = none, so that nobody is believed.
    pub trusted_proxies: usize,
    /// `PATRON_BODY_LIMIT`: bytes of a body, imports and batches apart.
    pub body_limit: usize,
    /// `PATRON_BODY_PAUSE_SECONDS`: how long a body may stand still on its way in.
    pub body_pause_seconds: u64,
    /// `PATRON_IMPORT_LIMIT`: bytes of an uploaded import.
    pub import_limit: u64,
    /// `PATRON_CORS_ORIGINS`: web origins that browsers may call from, parted by commas; `*` = any.
    pub cors_origins: Vec<String>,
    /// `PATRON_ISSUER`: `iss` of access tokens.
    pub issuer: String,
    /// `PATRON_AUDIENCE`: `aud` of access tokens.
    pub audience: String,
    /// `PATRON_SIGNING_KEY`: Ed25519 private key, PKCS #8 in base64; without it one is made once and kept with the database.
    pub signing_key: Option<Secret>,
    /// `PATRON_PAYMENT_SECRET`: what providers sign their notifications of payments with; without it none are taken.
    pub payment_secret: Option<Secret>,
    /// `PATRON_SMTP_URL`: the server that e-mail is handed to; without it that stays queued.
    pub smtp_url: Option<SmtpUrl>,
    /// `PATRON_MAIL_FROM`: whom messages are from; needed where there is a server.
    pub mail_from: Option<Sender>,
    /// `PATRON_GATEWAY_URL`: the shop's gateway that all other messages are handed to; without it they stay queued.
    pub gateway_url: Option<GatewayUrl>,
    /// `PATRON_GATEWAY_SECRET`: what calls of the gateway are signed with, and what it tells of messages; needed where there is one, and not without.
    pub gateway_secret: Option<Secret>,
    /// `PATRON_DB_CONNECTIONS`: connections to a database server.
    pub db_connections: u32,
    /// `PATRON_DB_QUEUE`: requests that may wait for the database before new ones are answered 503.
    pub db_queue: usize,
    /// `PATRON_WORKERS`: threads that serve HTTP.
    pub workers: usize,
    /// `PATRON_SHUTDOWN_SECONDS`: how long running requests may take to finish after SIGTERM.
    pub shutdown_seconds: u64,
    /// `PATRON_LOG`: what to log, such as `info` or `patron=debug,info`.
    pub log: String,
    /// `PATRON_LOG_FORMAT`: `text` or `json`.
    pub log_format: LogFormat,
}

/// A variable that can not be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable}: {fault}")]
pub struct ConfigFault {
    /// Its name.
    pub variable: String,
    /// What is wrong and what would be right.
    pub fault: String,
}

impl Config {
    /// Reads the process's environment; `database` is where the database is unless `DATABASE_URL` says otherwise.
    ///
    /// # Errors
    /// Every fault at once.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn from_env(database: &str) -> Result<Self, Vec<ConfigFault>> {
        let unknown = std::env::vars().map(|(name, _)| name).filter(|name| is_unknown(name));
        Self::read(|name| std::env::var(name).ok(), database, unknown)
    }

    fn read(get: impl Fn(&str) -> Option<String>, database: &str, unknown: impl Iterator<Item = String>) -> Result<Self, Vec<ConfigFault>> {
        let mut source = Source { get, faults: Vec::new() };
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let database = source.value("DATABASE_URL", database);
        let ListenAddress(addr) = source.value("PATRON_ADDR", "127.0.0.1:8080");
        let config = Self {
            database,
            addr,
            public_url: source.value::<PublicUrl>("PATRON_PUBLIC_URL", &format!("http://{addr}")).0,
            currency: source.optional("PATRON_CURRENCY"),
            rate_limit: source.within("PATRON_RATE_LIMIT", "6000", 0, u32::MAX),
            trusted_proxies: source.within("PATRON_TRUSTED_PROXIES", "0", 0, 20),
            body_limit: source.within("PATRON_BODY_LIMIT", "1048576", 1024, 64 << 20),
            body_pause_seconds: source.within("PATRON_BODY_PAUSE_SECONDS", "30", 1, 3600),
            import_limit: source.within("PATRON_IMPORT_LIMIT", "4294967296", 1024, 1 << 40),
            cors_origins: source.value::<Origins>("PATRON_CORS_ORIGINS", "").0,
            issuer: source.value::<Name>("PATRON_ISSUER", "patron").0,
            audience: source.value::<Name>("PATRON_AUDIENCE", "patron").0,
            signing_key: source.optional::<SigningKey>("PATRON_SIGNING_KEY").map(|key| Secret(key.0)),
            payment_secret: source.optional::<SharedSecret>("PATRON_PAYMENT_SECRET").map(|secret| Secret(secret.0)),
            smtp_url: source.optional("PATRON_SMTP_URL"),
            mail_from: source.optional("PATRON_MAIL_FROM"),
            gateway_url: source.optional("PATRON_GATEWAY_URL"),
            gateway_secret: source.optional::<SharedSecret>("PATRON_GATEWAY_SECRET").map(|secret| Secret(secret.0)),
            db_connections: source.within("PATRON_DB_CONNECTIONS", &(2 * cores).max(4).to_string(), 1, 500),
            db_queue: source.within("PATRON_DB_QUEUE", "1024", 1, 100_000),
            workers: source.within("PATRON_WORKERS", &cores.to_string(), 1, 1024),
            shutdown_seconds: source.within("PATRON_SHUTDOWN_SECONDS", "30", 0, 3600),
            log: source.value::<LogFilter>("PATRON_LOG", "info").0,
            log_format: source.value("PATRON_LOG_FORMAT", "text"),
        };
        if config.smtp_url.is_some() && config.mail_from.is_none() && (source.get)("PATRON_MAIL_FROM").is_none() {
            source.fault("PATRON_MAIL_FROM", "must be set where PATRON_SMTP_URL is: whom messages are from".to_owned());
        }
        for (name, other) in [("PATRON_GATEWAY_URL", "PATRON_GATEWAY_SECRET"), ("PATRON_GATEWAY_SECRET", "PATRON_GATEWAY_URL")] {
            if (source.get)(name).is_none() && (source.get)(other).is_some() {
                source.fault(name, format!("must be set where {other} is"));
            }
        }
        for name in unknown {
            source.fault(&name, "is no variable of Patron's: see the configuration table in the README".to_owned());
        }
        if source.faults.is_empty() { Ok(config) } else { Err(source.faults) }
    }

    /// The defaults, over a given database, with few threads and no rate limit.
    #[allow(clippy::expect_used, reason = "defaults can be read")]
    pub fn for_tests(database: DatabaseUrl) -> Self {
        let defaults = Self::read(|_| None, DatabaseUrl::DEFAULT, std::iter::empty()).expect("the defaults can be read");
        let payment_secret = Some(Secret::new("a secret of the tests"));
        let gateway_secret = Some(Secret::new("another secret of the tests"));
        Self { database, rate_limit: 0, workers: 2, db_connections: 6, shutdown_seconds: 1, payment_secret, gateway_secret, ..defaults }
    }

    /// How the database's threads are laid out.
    pub fn db_settings(&self) -> DbSettings {
        DbSettings { url: self.database.clone(), connections: self.db_connections, readers: self.workers, queue: self.db_queue }
    }
}

/// Whether a variable looks like ours and is none: a misspelt one is told instead of ignored. `PATRON_PG_…` and `PATRON_TEST_…` belong to the
/// scripts that test and measure Patron.
fn is_unknown(name: &str) -> bool {
    name.starts_with("PATRON_") && !VARIABLES.contains(&name) && !name.starts_with("PATRON_PG_") && !name.starts_with("PATRON_TEST_")
}

/// Every variable that begins with `PATRON_`.
const VARIABLES: &[&str] = &[
    "PATRON_ADDR",
    "PATRON_AUDIENCE",
    "PATRON_BODY_LIMIT",
    "PATRON_BODY_PAUSE_SECONDS",
    "PATRON_CORS_ORIGINS",
    "PATRON_CURRENCY",
    "PATRON_DB_CONNECTIONS",
    "PATRON_DB_QUEUE",
    "PATRON_GATEWAY_SECRET",
    "PATRON_GATEWAY_URL",
    "PATRON_IMPORT_LIMIT",
    "PATRON_ISSUER",
    "PATRON_LOG",
    "PATRON_LOG_FORMAT",
    "PATRON_MAIL_FROM",
    "PATRON_PAYMENT_SECRET",
    "PATRON_PUBLIC_URL",
    "PATRON_RATE_LIMIT",
    "PATRON_SHUTDOWN_SECONDS",
    "PATRON_SIGNING_KEY",
    "PATRON_SMTP_URL",
    "PATRON_TRUSTED_PROXIES",
    "PATRON_WORKERS",
];

struct Source<G> {
    get: G,
    faults: Vec<ConfigFault>,
}

impl<G: Fn(&str) -> Option<String>> Source<G> {
    fn fault(&mut self, variable: &str, fault: String) {
        self.faults.push(ConfigFault { variable: variable.to_owned(), fault });
    }

    fn optional<T: FromStr<Err: fmt::Display>>(&mut self, variable: &str) -> Option<T> {
        let text = (self.get)(variable)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(variable, error.to_string());
                None
            }
        }
    }

    /// The value, or the default; where the value can not be read the default stands in until the fault is told.
    #[allow(clippy::expect_used, reason = "defaults are literals of this file, read by its tests")]
    fn value<T: FromStr<Err: fmt::Display>>(&mut self, variable: &str, default: &str) -> T {
        self.optional(variable).unwrap_or_else(|| default.parse().ok().expect("the default can be read"))
    }

    #[allow(clippy::expect_used, reason = "defaults are literals of this file, read by its tests")]
    fn within<T: FromStr + PartialOrd + fmt::Display>(&mut self, variable: &str, default: &str, min: T, max: T) -> T {
        let said = (self.get)(variable).map(|text| text.parse().ok().filter(|value| (&min..=&max).contains(&value)));
        if let Some(None) = said {
            self.fault(variable, format!("must be a whole number from {min} to {max}"));
        }
        said.flatten().unwrap_or_else(|| default.parse().ok().expect("the default can be read"))
    }
}

struct ListenAddress(SocketAddr);

impl FromStr for ListenAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| "must be an IP address and a port, such as 127.0.0.1:8080 or [::]:8080")
    }
}

/// Web origins, parted by commas: scheme, host and port, and nothing behind them, for so browsers send them.
struct Origins(Vec<String>);

impl FromStr for Origins {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let origins: Vec<String> = text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(ToOwned::to_owned).collect();
        match origins.iter().find(|origin| *origin != "*" && !is_origin(origin)) {
            Some(wrong) => Err(format!("{wrong:?} is no origin: must be like https://shop.example, several parted by commas, or *")),
            None => Ok(Self(origins)),
        }
    }
}

fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte)))
}

/// A text that says something.
struct Name(String);

impl FromStr for Name {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().is_empty() { Err("must not be empty") } else { Ok(Self(text.to_owned())) }
    }
}

/// A private key that tokens can be signed with.
struct SigningKey(String);

impl FromStr for SigningKey {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_usable = AccessTokens::new(text, "patron", "patron").is_ok();
        if is_usable { Ok(Self(text.to_owned())) } else { Err("must be an Ed25519 private key, PKCS #8 in base64") }
    }
}

/// What to log.
struct LogFilter(String);

impl FromStr for LogFilter {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // A bare word that is no level would name a module that nothing logs under, and so turn the log off.
        let is_level = |word: &str| ["off", "error", "warn", "info", "debug", "trace"].contains(&word.trim().to_ascii_lowercase().as_str());
        let holds = text.split(',').all(|part| part.contains(['=', '[']) || is_level(part)) && text.parse::<EnvFilter>().is_ok();
        if holds {
            Ok(Self(text.to_owned()))
        } else {
            Err("must be a level (error, warn, info, debug, trace) or a filter such as patron=debug,info")
        }
    }
}

/// The beginning of links, without a slash at its end.
struct PublicUrl(String);

impl FromStr for PublicUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let holds = rest.is_some_and(|rest| {
            !rest.is_empty() && !rest.starts_with('/') && rest.chars().all(|c| c.is_ascii_graphic() && !"?#<>\"".contains(c))
        });
        if holds { Ok(Self(text.trim_end_matches('/').to_owned())) } else { Err("must be a web address, such as https://shop.example") }
    }
}

/// A secret that others must not guess.
struct SharedSecret(String);

impl FromStr for SharedSecret {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() >= 16 { Ok(Self(text.to_owned())) } else { Err("must have at least 16 characters") }
    }
}

impl FromStr for LogFormat {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("must be text or json"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access_tokens::new_private_key;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, Vec<ConfigFault>> {
        let get = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let unknown = pairs.iter().map(|(key, _)| (*key).to_owned()).filter(|name| is_unknown(name));
        Config::read(get, DatabaseUrl::DEFAULT, unknown)
    }

    #[test]
    fn nothing_needs_to_be_set() {
        let config = read(&[]).unwrap();
        assert_eq!(config.database.to_string(), DatabaseUrl::DEFAULT);
        assert_eq!(config.addr.to_string(), "127.0.0.1:8080");
        assert_eq!(config.rate_limit, 6000);
        assert_eq!(config.currency, None);
    }

    #[test]
    fn every_fault_is_told_at_once_by_name() {
        let faults = read(&[
            ("DATABASE_URL", "mysql://x"),
            ("PATRON_ADDR", "nowhere"),
            ("PATRON_CURRENCY", "yuan"),
            ("PATRON_DB_CONNECTIONS", "0"),
            ("PATRON_RATELIMIT", "5"),
        ])
        .unwrap_err();
        let names: Vec<&str> = faults.iter().map(|fault| fault.variable.as_str()).collect();
        assert_eq!(names, ["DATABASE_URL", "PATRON_ADDR", "PATRON_CURRENCY", "PATRON_DB_CONNECTIONS", "PATRON_RATELIMIT"]);
    }

    #[test]
    fn what_is_wrong_is_told_with_what_would_be_right() {
        let told = |variable: &str, text: &str| read(&[(variable, text)]).map(|_| ()).unwrap_err().remove(0).to_string();
        for (variable, text, expected) in [
            ("PATRON_RATE_LIMIT", "-1", "PATRON_RATE_LIMIT: must be a whole number from 0 to 4294967295"),
            ("PATRON_BODY_LIMIT", "1MB", "PATRON_BODY_LIMIT: must be a whole number from 1024 to 67108864"),
            ("PATRON_ADDR", "localhost:8080", "PATRON_ADDR: must be an IP address and a port, such as 127.0.0.1:8080 or [::]:8080"),
            ("PATRON_ISSUER", " ", "PATRON_ISSUER: must not be empty"),
            ("PATRON_SIGNING_KEY", "hush", "PATRON_SIGNING_KEY: must be an Ed25519 private key, PKCS #8 in base64"),
            ("PATRON_LOG", "loud", "PATRON_LOG: must be a level (error, warn, info, debug, trace) or a filter such as patron=debug,info"),
        ] {
            assert_eq!(told(variable, text), expected);
        }
        for wrong in ["shop.example", "https://a/", "https://a;https://b", "https://a, b"] {
            assert!(told("PATRON_CORS_ORIGINS", wrong).contains("is no origin"), "{wrong}");
        }
        let config =
            read(&[("PATRON_CORS_ORIGINS", "https://a.example, http://localhost:3000"), ("PATRON_LOG", "patron=debug,warn")]).unwrap();
        assert_eq!((config.cors_origins.len(), config.log.as_str()), (2, "patron=debug,warn"));
    }

    #[test]
    fn links_begin_where_the_server_is_unless_said_otherwise() {
        let url = |pairs: &[(&str, &str)]| read(pairs).map(|config| config.public_url).map_err(|faults| faults[0].variable.clone());
        assert_eq!(url(&[]).unwrap(), "http://127.0.0.1:8080");
        assert_eq!(url(&[("PATRON_ADDR", "[::1]:80")]).unwrap(), "http://[::1]:80");
        assert_eq!(url(&[("PATRON_PUBLIC_URL", "https://shop.example/crm/")]).unwrap(), "https://shop.example/crm");
        for wrong in ["shop.example", "ftp://shop.example", "https://", "https:///x", "https://a b", "https://a?b", "https://a#b"] {
            assert_eq!(url(&[("PATRON_PUBLIC_URL", wrong)]).unwrap_err(), "PATRON_PUBLIC_URL", "{wrong}");
        }
    }

    #[test]
    fn mail_needs_somebody_to_be_from() {
        let names = |pairs: &[(&str, &str)]| match read(pairs) {
            Ok(_) => Vec::new(),
            Err(faults) => faults.into_iter().map(|fault| fault.variable).collect::<Vec<_>>(),
        };
        let server = ("PATRON_SMTP_URL", "smtp://127.0.0.1:2525");
        assert_eq!(names(&[server]), ["PATRON_MAIL_FROM"]);
        assert_eq!(names(&[server, ("PATRON_MAIL_FROM", "the shop")]), ["PATRON_MAIL_FROM"]);
        assert_eq!(names(&[("PATRON_SMTP_URL", "127.0.0.1:25"), ("PATRON_MAIL_FROM", "a@shop.example")]), ["PATRON_SMTP_URL"]);
        assert_eq!(names(&[server, ("PATRON_MAIL_FROM", "Shop <a@shop.example>")]), Vec::<String>::new());
    }

    #[test]
    fn a_gateway_has_an_address_and_a_secret() {
        let names = |pairs: &[(&str, &str)]| match read(pairs) {
            Ok(_) => Vec::new(),
            Err(faults) => faults.into_iter().map(|fault| fault.variable).collect::<Vec<_>>(),
        };
        let (url, secret) = (("PATRON_GATEWAY_URL", "https://gateway.example/in"), ("PATRON_GATEWAY_SECRET", "0123456789abcdef"));
        assert_eq!(names(&[url, secret]), Vec::<String>::new());
        assert_eq!(names(&[url]), ["PATRON_GATEWAY_SECRET"]);
        assert_eq!(names(&[secret]), ["PATRON_GATEWAY_URL"]);
        assert_eq!(names(&[("PATRON_GATEWAY_URL", "gateway.example"), secret]), ["PATRON_GATEWAY_URL"]);
        assert_eq!(names(&[url, ("PATRON_GATEWAY_SECRET", "short")]), ["PATRON_GATEWAY_SECRET"]);
    }

    #[test]
    fn secrets_are_not_shown() {
        let mail = [("PATRON_SMTP_URL", "smtp://shop:hush@mail.example"), ("PATRON_MAIL_FROM", "a@shop.example")];
        assert!(!format!("{:?}", read(&mail).unwrap()).contains("hush"));
        let (_, key) = new_private_key().unwrap();
        let config = read(&[("PATRON_SIGNING_KEY", &key)]).unwrap();
        assert_eq!(config.signing_key.as_ref().map(Secret::reveal), Some(key.as_str()));
        assert!(!format!("{config:?}").contains(&key));
    }
}
