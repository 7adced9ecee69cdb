//! A shop's gateway on loopback that keeps what it gets, checks who it is from, and can be told to refuse.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use aws_lc_rs::hmac;
use serde_json::Value;

/// What the gateway shares with the server.
pub const GATEWAY_SECRET: &str = "a secret of the gateway";

/// A call as it came in.
#[derive(Debug, Clone, PartialEq)]
pub struct GatewayCall {
    pub head: String,
    pub body: Value,
}

impl GatewayCall {
    /// A header, by its name in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.head.lines().filter_map(|line| line.split_once(": ")).find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    }

    /// Whom the message goes to.
    pub fn to(&self) -> &str {
        self.body["to"].as_str().expect("an address")
    }
}

/// The status and the words to answer to a call, and headers besides; none is consent. No status at all hangs up.
type Rule = Box<dyn FnMut(&GatewayCall) -> Option<String> + Send>;

#[derive(Default)]
struct Kept {
    calls: Mutex<Vec<GatewayCall>>,
    rule: Mutex<Option<Rule>>,
}

/// The gateway. It lives as long as the test's process.
#[derive(Clone)]
pub struct GatewayServer {
    port: u16,
    kept: Arc<Kept>,
}

impl GatewayServer {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let server = Self { port: listener.local_addr().expect("an address").port(), kept: Arc::default() };
        let kept = Arc::clone(&server.kept);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                thread::spawn(move || while answer(&stream, &kept).is_some() {});
            }
        });
        server
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/messages", self.port)
    }

    /// From now on `rule` is asked what to answer to each call: `503 too busy`, say.
    pub fn set_rule(&self, rule: impl FnMut(&GatewayCall) -> Option<String> + Send + 'static) {
        *self.kept.rule.lock().expect("no panic") = Some(Box::new(rule));
    }

    /// Consents to everything again.
    pub fn relent(&self) {
        *self.kept.rule.lock().expect("no panic") = None;
    }

    /// Every call so far that was signed as it must be, also one that was refused.
    pub fn calls(&self) -> Vec<GatewayCall> {
        self.kept.calls.lock().expect("no panic").clone()
    }
}

/// Answers one request of a connection; none when it is over.
fn answer(stream: &TcpStream, kept: &Kept) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = GatewayCall { head: head.clone(), body: Value::Null }.header("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let call = GatewayCall { head, body: serde_json::from_slice(&body).ok()? };
    let answer = if is_signed(&call, &body) {
        kept.calls.lock().expect("no panic").push(call.clone());
        kept.rule.lock().expect("no panic").as_mut().and_then(|rule| rule(&call)).unwrap_or_else(|| "202 taken".to_owned())
    } else {
        "401 who are you?".to_owned()
    };
    let (status, words) = answer.split_once(' ')?;
    let location = if status.starts_with('3') { "Location: /elsewhere\r\n" } else { "" };
    let mut out = stream;
    write!(out, "HTTP/1.1 {status} Told\r\n{location}Content-Length: {}\r\n\r\n{words}", words.len()).ok()
}

/// Worked out once more: `Patron-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`.
fn is_signed(call: &GatewayCall, body: &[u8]) -> bool {
    let Some((seconds, tag)) = call.header("patron-signature").and_then(|value| value.strip_prefix("t=")?.split_once(",v1=")) else {
        return false;
    };
    let key = hmac::Key::new(hmac::HMAC_SHA256, GATEWAY_SECRET.as_bytes());
    let expected = hmac::sign(&key, &[seconds.as_bytes(), b".", body].concat());
    expected.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>() == tag
}
