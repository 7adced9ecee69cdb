//! The shop's own gateway: it takes what does not go by e-mail, by signed HTTP calls, and has it sent.

use std::{
    fmt,
    io::{self, Read},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use serde::Serialize;
use ureq::{
    Agent, Error, Timeout,
    http::{Response, StatusCode, Uri},
    tls::{Certificate, RootCerts, TlsConfig},
};

use super::failures::{Unreachable, one_short_line, words};
use crate::domain::{
    campaigns::Campaign,
    customers::Customer,
    ids::Id,
    instants::Instant,
    messages::{Delivery, Message, MessageChannel},
    signatures,
};

/// How long a call may take as a whole: a batch of them with the lease renewed before each ends in time.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long it may take until the gateway is talked to at all.
const PATIENCE_TO_CONNECT: Duration = Duration::from_secs(10);
/// Bytes that are read of an answer: what is kept of them is shorter.
const MAX_ANSWER: u64 = 4096;

/// Where the gateway is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayUrl(Uri);

/// A text that names no gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a web address without user and password, such as https://gateway.shop.example/messages")]
pub struct InvalidGatewayUrl;

impl FromStr for GatewayUrl {
    type Err = InvalidGatewayUrl;

    fn from_str(text: &str) -> Result<Self, InvalidGatewayUrl> {
        let url: Uri = text.parse().map_err(|_| InvalidGatewayUrl)?;
        let is_of_web = matches!(url.scheme_str(), Some("http" | "https"));
        let names_host = url.authority().is_some_and(|place| !place.host().is_empty() && !place.as_str().contains('@'));
        if is_of_web && names_host && !text.contains('#') { Ok(Self(url)) } else { Err(InvalidGatewayUrl) }
    }
}

/// The host alone: the rest may hold a key.
impl fmt::Display for GatewayUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.authority().map_or("", |place| place.as_str()))
    }
}

/// A message as the gateway gets it.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Call<'a> {
    /// The message, the same at every attempt.
    pub message_id: Id<Message>,
    /// The way it goes.
    pub channel: MessageChannel,
    /// The number, or the postal address on one line.
    pub to: &'a str,
    /// What it is called.
    pub subject: &'a str,
    /// What it says.
    pub text: &'a str,
    /// What it is part of.
    pub campaign_id: Option<Id<Campaign>>,
    /// Whom it goes to.
    pub customer_id: Option<Id<Customer>>,
    /// When it was written.
    pub written_at: Instant,
}

/// Calls the shop's gateway.
#[derive(Clone)]
pub struct Gateway {
    url: GatewayUrl,
    secret: String,
    agent: Agent,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("url", &self.url.to_string()).finish_non_exhaustive()
    }
}

impl Gateway {
    /// Calls the gateway at `url`, which shares `secret` with us. Over TLS its certificate must be one that this machine trusts. It is called directly, and
    /// where it leads elsewhere it is not followed: what is sent is for the shop's own eyes.
    pub fn new(url: GatewayUrl, secret: String) -> Self {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .user_agent(concat!("patron/", env!("CARGO_PKG_VERSION")))
            .timeout_global(Some(PATIENCE))
            .timeout_connect(Some(PATIENCE_TO_CONNECT));
        if url.0.scheme_str() == Some("https") {
            config = config.https_only(true).tls_config(trusting_this_machine());
        }
        Self { url, secret, agent: config.build().new_agent() }
    }

    /// Where the gateway is.
    pub const fn url(&self) -> &GatewayUrl {
        &self.url
    }

    /// Hands a message over, signed at `now`. Where the connection breaks after it was made nobody knows whether the gateway has the message: it counts as
    /// not delivered yet, and is handed over again under the same `Idempotency-Key`.
    ///
    /// # Errors
    /// When the gateway can not be talked to, takes nothing from us, or is somewhere else.
    pub fn call(&self, call: &Call<'_>, now: Instant) -> Result<Delivery, Unreachable> {
        let body = match serde_json::to_vec(call) {
            Ok(body) => body,
            Err(error) => return Ok(Delivery::refused(words(&error))),
        };
        let request = self
            .agent
            .post(&self.url.0)
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", call.message_id.to_string())
            .header("Patron-Signature", signatures::sign(&self.secret, &body, now));
        match request.send(body.as_slice()) {
            Ok(answer) => self.judge(answer),
            Err(error) if is_before_the_call(&error) => Err(self.unreachable(&words(&error))),
            Err(error) => Ok(Delivery::Failed(words(&error))),
        }
    }

    fn judge(&self, answer: Response<ureq::Body>) -> Result<Delivery, Unreachable> {
        let status = answer.status();
        // Read also where nothing is kept of it, so that the connection can be used again.
        let told = told_by(status, answer);
        match status.as_u16() {
            200..=299 => Ok(Delivery::Taken),
            408 | 425 | 429 | 500..=599 => Ok(Delivery::Failed(told)),
            // About us, or the address of the gateway, and not about the message.
            100..=399 | 401 | 403 => Err(self.unreachable(&told)),
            _ => Ok(Delivery::refused(told)),
        }
    }

    fn unreachable(&self, words: &str) -> Unreachable {
        Unreachable::new("the gateway", one_short_line(&format!("{}: {words}", self.url)))
    }
}

fn told_by(status: StatusCode, mut answer: Response<ureq::Body>) -> String {
    let mut bytes = Vec::new();
    drop(answer.body_mut().as_reader().take(MAX_ANSWER).read_to_end(&mut bytes));
    let told = String::from_utf8_lossy(&bytes);
    one_short_line(format!("{status}: {}", told.trim()).trim_end_matches([':', ' ']))
}

/// Whether the gateway has heard nothing yet.
fn is_before_the_call(error: &Error) -> bool {
    match error {
        Error::HostNotFound | Error::ConnectionFailed | Error::Tls(_) | Error::Rustls(_) => true,
        Error::Timeout(stage) => matches!(stage, Timeout::Resolve | Timeout::Connect),
        Error::Io(error) => matches!(
            error.kind(),
            io::ErrorKind::ConnectionRefused
                | io::ErrorKind::HostUnreachable
                | io::ErrorKind::NetworkUnreachable
                | io::ErrorKind::NetworkDown
                | io::ErrorKind::AddrNotAvailable
        ),
        _ => false,
    }
}

/// The certificates that this machine trusts, as mail is sent with.
fn trusting_this_machine() -> TlsConfig {
    let certificates = rustls_native_certs::load_native_certs();
    for error in &certificates.errors {
        tracing::warn!(%error, "a trusted certificate of this machine can not be read");
    }
    let roots: Vec<Certificate<'static>> = certificates.certs.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
    TlsConfig::builder()
        .root_certs(RootCerts::Specific(Arc::new(roots)))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .build()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_gateway_is_read_from_its_url() {
        for (text, shown) in [
            ("https://gateway.shop.example/messages?key=x", "gateway.shop.example"),
            ("http://127.0.0.1:8025", "127.0.0.1:8025"),
            ("http://[::1]:8025/", "[::1]:8025"),
        ] {
            assert_eq!(text.parse::<GatewayUrl>().map(|url| url.to_string()).as_deref(), Ok(shown), "{text}");
        }
        for wrong in
            ["", "gateway.shop.example", "ftp://a", "https://", "https:///x", "https://a:b@c/", "https://a b", "https://a/#b", "/x"]
        {
            assert_eq!(wrong.parse::<GatewayUrl>(), Err(InvalidGatewayUrl), "{wrong}");
        }
    }

    #[test]
    fn a_secret_is_not_shown() {
        let gateway = Gateway::new("https://a.example/hush".parse().unwrap(), "hush hush hush hush".to_owned());
        assert!(!format!("{gateway:?}").contains("hush"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in "(https?://)?\\PC{0,60}") {
            drop(text.parse::<GatewayUrl>());
        }
    }
}
