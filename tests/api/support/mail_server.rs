//! A mail server on loopback that keeps what it gets, and can be told to refuse.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use base64::{Engine, prelude::BASE64_STANDARD};

/// A letter as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub from: String,
    pub to: Vec<String>,
    pub text: String,
}

impl Received {
    /// A header, unfolded; `None` when it is not there, and no test goes on when it is there twice.
    pub fn header(&self, name: &str) -> Option<String> {
        let (head, _) = self.text.split_once("\r\n\r\n").expect("a head");
        let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let prefix = format!("{}: ", name.to_ascii_lowercase());
        let found: Vec<&str> = unfolded.lines().filter(|line| line.to_ascii_lowercase().starts_with(&prefix)).collect();
        assert!(found.len() <= 1, "{found:?}");
        found.first().map(|line| line[prefix.len()..].to_owned())
    }

    /// The part of this type, such as `text/html`, as its reader sees it.
    pub fn part(&self, content_type: &str) -> String {
        let kind = self.header("content-type").expect("a type");
        let (_, boundary) = kind.split_once("boundary=\"").expect("several parts");
        let boundary = format!("--{}", boundary.trim_end_matches('"'));
        let parts = self.text.split(&boundary).skip(1).map(|part| Self { text: part.trim_start().to_owned(), ..self.clone() });
        let is_wanted =
            |part: &Self| part.text.contains("\r\n\r\n") && part.header("content-type").is_some_and(|kind| kind.starts_with(content_type));
        parts.into_iter().find(is_wanted).expect("the part").body()
    }

    /// The body as its reader sees it.
    pub fn body(&self) -> String {
        let (_, body) = self.text.split_once("\r\n\r\n").expect("a body");
        let bytes = match self.header("content-transfer-encoding").as_deref() {
            Some("base64") => BASE64_STANDARD.decode(body.replace("\r\n", "")).expect("base64"),
            Some("quoted-printable") => unquote(&body.replace("=\r\n", "")),
            _ => body.as_bytes().to_vec(),
        };
        String::from_utf8(bytes).expect("text")
    }
}

fn unquote(text: &str) -> Vec<u8> {
    let mut parts = text.split('=');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).expect("two digits"));
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    bytes
}

/// What to answer to a command instead of consent. For a letter that has come in whole the command is `.` and its sender.
type Rule = Box<dyn FnMut(&str) -> Option<String> + Send>;

#[derive(Default)]
struct Kept {
    letters: Mutex<Vec<Received>>,
    commands: Mutex<Vec<String>>,
    rule: Mutex<Option<Rule>>,
}

/// The server. It lives as long as the test's process.
#[derive(Clone)]
pub struct MailServer {
    port: u16,
    kept: Arc<Kept>,
}

impl MailServer {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let server = Self { port: listener.local_addr().expect("an address").port(), kept: Arc::default() };
        let kept = Arc::clone(&server.kept);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                thread::spawn(move || converse(stream, &kept));
            }
        });
        server
    }

    /// `smtp://…` of the server, which speaks no TLS.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}?tls=none", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on `rule` is asked what to answer to each command; `None` is consent.
    pub fn set_rule(&self, rule: impl FnMut(&str) -> Option<String> + Send + 'static) {
        *self.kept.rule.lock().expect("no panic") = Some(Box::new(rule));
    }

    /// Consents to everything again.
    pub fn relent(&self) {
        *self.kept.rule.lock().expect("no panic") = None;
    }

    /// Everything that came in so far.
    pub fn letters(&self) -> Vec<Received> {
        self.kept.letters.lock().expect("no panic").clone()
    }

    /// Every command that was given so far.
    pub fn commands(&self) -> Vec<String> {
        self.kept.commands.lock().expect("no panic").clone()
    }
}

/// Answers one client until it hangs up.
fn converse(stream: TcpStream, kept: &Kept) {
    let mut out = stream.try_clone().expect("a second handle");
    let mut lines =
        BufReader::new(stream).split(b'\n').map_while(Result::ok).map(|line| String::from_utf8_lossy(&line).into_owned() + "\n");
    let (mut from, mut to) = (String::new(), Vec::new());
    let mut say = |answer: &str| out.write_all(format!("{answer}\r\n").as_bytes()).is_ok();
    let refused = |command: &str| kept.rule.lock().expect("no panic").as_mut().and_then(|rule| rule(command));
    if !say("220 mail.shop.example ESMTP") {
        return;
    }
    while let Some(line) = lines.next() {
        let command = line.trim_end().to_owned();
        kept.commands.lock().expect("no panic").push(command.clone());
        let word = command.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match refused(&command) {
            Some(answer) => answer,
            None => match word.as_str() {
                "EHLO" => "250-mail.shop.example\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN".to_owned(),
                "AUTH" => "235 welcome".to_owned(),
                "MAIL" => {
                    from = address(&command);
                    "250 fine".to_owned()
                }
                "RCPT" => {
                    to.push(address(&command));
                    "250 fine".to_owned()
                }
                "DATA" => {
                    if !say("354 go on") {
                        return;
                    }
                    let text: String = lines
                        .by_ref()
                        .take_while(|line| line != ".\r\n")
                        .map(|line| line.strip_prefix('.').unwrap_or(&line).to_owned())
                        .collect();
                    kept.letters.lock().expect("no panic").push(Received { from: from.clone(), to: std::mem::take(&mut to), text });
                    refused(&format!(". {from}")).unwrap_or_else(|| "250 taken".to_owned())
                }
                "QUIT" => "221 goodbye".to_owned(),
                _ => "500 what?".to_owned(),
            },
        };
        if answer.is_empty() {
            // Told to say nothing: the client waits until one of them is gone.
            drop(lines.next());
            return;
        }
        if !say(&answer) || word == "QUIT" {
            return;
        }
    }
}

fn address(command: &str) -> String {
    command.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(address, _)| address.to_owned()).unwrap_or_default()
}
