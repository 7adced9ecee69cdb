//! Mail, handed to a server by SMTP (RFC 5321).

use std::{fmt, str::FromStr, time::Duration};

use lettre::{
    Address,
    address::Envelope,
    message::{Mailbox, MessageBuilder, MultiPart, SinglePart, header},
    transport::smtp::{
        authentication::{Credentials, Mechanism},
        client::{SmtpConnection, TlsParameters},
        extension::ClientId,
    },
};
use percent_encoding::percent_decode_str;

use super::failures::{Unreachable, words};
use crate::domain::{instants::Instant, messages::Delivery};

/// How long the server may be silent: a whole conversation of a dozen answers ends within a worker's lease.
const PATIENCE: Duration = Duration::from_secs(20);

/// Answers that tell of the account at the server and not of the message: authentication is required, failed, or too weak.
const ABOUT_THE_ACCOUNT: [u16; 4] = [530, 534, 535, 538];

/// Details of the status 5.1.x that say that nobody is there: bad mailbox, system or syntax, ambiguous, moved, null MX.
const ABOUT_THE_ADDRESS: [u8; 6] = [1, 2, 3, 4, 6, 10];

/// How the way to the server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encryption {
    /// From the first byte.
    Tls,
    /// After STARTTLS, or not at all.
    StartTls,
    /// After STARTTLS where the server offers it.
    WhereOffered,
    /// Never.
    None,
}

/// Where the mail server is. `Debug` hides the password.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpUrl {
    host: String,
    port: u16,
    encryption: Encryption,
    credentials: Option<(String, String)>,
}

/// A text that names no mail server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be smtp://[USER:PASSWORD@]HOST[:PORT][?tls=required|opportunistic|none] or smtps://…, with what is special in user and password percent-encoded"
)]
pub struct InvalidSmtpUrl;

impl FromStr for SmtpUrl {
    type Err = InvalidSmtpUrl;

    /// `smtps://` speaks TLS from the first byte (port 465). `smtp://` (port 587) demands STARTTLS with a password, and takes it where it is offered
    /// without one; `tls` says otherwise.
    fn from_str(url: &str) -> Result<Self, InvalidSmtpUrl> {
        let (rest, is_tls) = match (url.strip_prefix("smtps://"), url.strip_prefix("smtp://")) {
            (Some(rest), _) => (rest, true),
            (None, Some(rest)) => (rest, false),
            (None, None) => return Err(InvalidSmtpUrl),
        };
        let (place, query) = rest.split_once('?').map_or((rest, None), |(place, query)| (place, Some(query)));
        let (account, address) = place.rsplit_once('@').map_or((None, place), |(account, address)| (Some(account), address));
        let credentials = account.map(read_account).transpose()?;
        let encryption = match (is_tls, query) {
            (true, None) => Encryption::Tls,
            (false, None) if credentials.is_none() => Encryption::WhereOffered,
            (false, None | Some("tls=required")) => Encryption::StartTls,
            (false, Some("tls=opportunistic")) => Encryption::WhereOffered,
            (false, Some("tls=none")) => Encryption::None,
            _ => return Err(InvalidSmtpUrl),
        };
        let (host, port) = read_address(address.trim_end_matches('/'), if is_tls { 465 } else { 587 })?;
        Ok(Self { host, port, encryption, credentials })
    }
}

fn read_account(account: &str) -> Result<(String, String), InvalidSmtpUrl> {
    let (user, password) = account.split_once(':').ok_or(InvalidSmtpUrl)?;
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().map(Into::into).map_err(|_| InvalidSmtpUrl);
    Ok((decoded(user)?, decoded(password)?))
}

fn read_address(address: &str, default_port: u16) -> Result<(String, u16), InvalidSmtpUrl> {
    let (host, port) = match address.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']').ok_or(InvalidSmtpUrl)?;
            (host, port.strip_prefix(':').or(if port.is_empty() { None } else { Some("none") }))
        }
        None => address.split_once(':').map_or((address, None), |(host, port)| (host, Some(port))),
    };
    let port = port.map_or(Ok(default_port), |port| port.parse().map_err(|_| InvalidSmtpUrl))?;
    let is_host = !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte));
    if is_host { Ok((host.to_owned(), port)) } else { Err(InvalidSmtpUrl) }
}

impl fmt::Display for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.encryption == Encryption::Tls { "smtps" } else { "smtp" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Whom messages are from: `orders@shop.example`, or with a name, `The Book City <orders@shop.example>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender(Mailbox);

impl Sender {
    /// The domain of the address.
    pub fn domain(&self) -> &str {
        self.0.email.domain()
    }
}

/// A text that is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an address to send from, such as orders@shop.example or The Book City <orders@shop.example>")]
pub struct InvalidSender;

impl FromStr for Sender {
    type Err = InvalidSender;

    fn from_str(text: &str) -> Result<Self, InvalidSender> {
        text.parse().map(Self).map_err(|_| InvalidSender)
    }
}

/// A letter as it is handed over.
#[derive(Clone, Copy)]
pub struct Letter<'a> {
    /// `Message-ID`, with its angle brackets.
    pub message_id: &'a str,
    /// When it was written.
    pub written_at: Instant,
    /// The e-mail address.
    pub recipient: &'a str,
    /// One line.
    pub subject: &'a str,
    /// Plain text.
    pub body: &'a str,
    /// The same as HTML.
    pub html: Option<&'a str>,
    /// Where one click ends such letters (RFC 8058).
    pub unsubscribe_url: Option<&'a str>,
}

/// Shows nothing that belongs to the customer.
impl fmt::Debug for Letter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter").field("message_id", &self.message_id).finish_non_exhaustive()
    }
}

/// Opens conversations with a mail server.
#[derive(Clone)]
pub struct Mailer {
    url: SmtpUrl,
    sender: Sender,
    tls: Option<TlsParameters>,
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer").field("url", &self.url).field("sender", &self.sender).finish_non_exhaustive()
    }
}

impl Mailer {
    /// Sends as `sender` through the server at `url`. The server's certificate must be one that this machine trusts.
    ///
    /// # Errors
    /// When TLS can not be prepared.
    pub fn new(url: SmtpUrl, sender: Sender) -> Result<Self, Unreachable> {
        let tls = match url.encryption {
            Encryption::None => None,
            _ => Some(TlsParameters::new(url.host.clone()).map_err(|error| unreachable(&error))?),
        };
        Ok(Self { url, sender, tls })
    }

    /// Whom messages are from.
    pub const fn sender(&self) -> &Sender {
        &self.sender
    }

    /// Where the server is.
    pub const fn url(&self) -> &SmtpUrl {
        &self.url
    }

    /// Begins a conversation: connects, encrypts, logs in.
    ///
    /// # Errors
    /// Whatever goes wrong before a message was spoken of.
    pub fn connect(&self) -> Result<Conversation<'_>, Unreachable> {
        let hello = ClientId::Domain(self.sender.domain().to_owned());
        let from_the_start = self.tls.as_ref().filter(|_| self.url.encryption == Encryption::Tls);
        let server = (self.url.host.as_str(), self.url.port);
        let mut connection =
            SmtpConnection::connect(server, Some(PATIENCE), &hello, from_the_start, None).map_err(|error| unreachable(&error))?;
        match (self.url.encryption, &self.tls) {
            (Encryption::StartTls, Some(tls)) => connection.starttls(tls, &hello).map_err(|error| unreachable(&error))?,
            (Encryption::WhereOffered, Some(tls)) if connection.can_starttls() => {
                connection.starttls(tls, &hello).map_err(|error| unreachable(&error))?;
            }
            _ => {}
        }
        if let Some((user, password)) = &self.url.credentials {
            let credentials = Credentials::new(user.clone(), password.clone());
            connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).map_err(|error| unreachable(&error))?;
        }
        Ok(Conversation { connection, sender: &self.sender })
    }
}

/// A conversation with a mail server, in which one letter after the other is handed over.
pub struct Conversation<'a> {
    connection: SmtpConnection,
    sender: &'a Sender,
}

impl fmt::Debug for Conversation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversation").field("sender", self.sender).finish_non_exhaustive()
    }
}

impl Conversation<'_> {
    /// Hands a letter over. Where the connection breaks in the middle nobody knows whether the server has it: it counts as not delivered yet.
    ///
    /// # Errors
    /// When the server takes nothing from this account.
    pub fn send(&mut self, letter: Letter<'_>) -> Result<Delivery, Unreachable> {
        let (envelope, text) = match write(self.sender, letter) {
            Ok(written) => written,
            Err(fault) => return Ok(Delivery::refused(words(fault.as_ref()))),
        };
        match self.connection.send(&envelope, &text) {
            Ok(_) => Ok(Delivery::Taken),
            Err(error) if error.status().is_some_and(|code| ABOUT_THE_ACCOUNT.contains(&u16::from(code))) => Err(unreachable(&error)),
            Err(error) if error.is_permanent() || error.is_client() => {
                Ok(Delivery::Refused { words: words(&error), is_bad_address: tells_of_address(&error) })
            }
            Err(error) => Ok(Delivery::Failed(words(&error))),
        }
    }

    /// Whether the server can be told nothing more: it hung up, or was hung up on after a refusal.
    pub fn has_ended(&self) -> bool {
        self.connection.has_broken()
    }

    /// Says goodbye. What the server answers to that changes nothing.
    pub fn end(mut self) {
        if !self.has_ended() {
            drop(self.connection.quit());
        }
    }
}

/// The letter in the form of RFC 5322. `Auto-Submitted` (RFC 3834) keeps absence notices from answering.
fn write(sender: &Sender, letter: Letter<'_>) -> Result<(Envelope, Vec<u8>), Box<dyn std::error::Error>> {
    let recipient: Address = letter.recipient.parse()?;
    let envelope = Envelope::new(Some(sender.0.email.clone()), vec![recipient.clone()])?;
    let mut head = MessageBuilder::new()
        .message_id(Some(letter.message_id.to_owned()))
        .date(letter.written_at.utc().into())
        .from(sender.0.clone())
        .to(Mailbox::new(None, recipient))
        .subject(letter.subject)
        .raw_header(raw("Auto-Submitted", "auto-generated".to_owned()))
        .envelope(envelope.clone());
    if let Some(url) = letter.unsubscribe_url {
        head = head.raw_header(raw("List-Unsubscribe", format!("<{url}>")));
        head = head.raw_header(raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
    }
    let message = match letter.html {
        None => head.singlepart(SinglePart::plain(letter.body.to_owned()))?,
        Some(html) => head.multipart(MultiPart::alternative_plain_html(letter.body.to_owned(), html.to_owned()))?,
    };
    Ok((envelope, message.formatted()))
}

fn raw(name: &'static str, value: String) -> header::HeaderValue {
    header::HeaderValue::new(header::HeaderName::new_from_ascii_str(name), value)
}

fn unreachable(error: &(dyn std::error::Error + 'static)) -> Unreachable {
    Unreachable::new("the mail server", words(error))
}

/// Whether a refusal tells that there is no such address: the enhanced status 5.1.x (RFC 3463, section 3.2) where it speaks of the reader's and not of the
/// sender's, a null MX (RFC 7505) among them. It begins the server's words (RFC 2034).
fn tells_of_address(error: &lettre::transport::smtp::Error) -> bool {
    let words = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    let status = words.split_whitespace().next().unwrap_or_default();
    let detail = status.strip_prefix("5.1.").and_then(|detail| detail.parse::<u8>().ok());
    error.is_permanent() && detail.is_some_and(|detail| ABOUT_THE_ADDRESS.contains(&detail))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn url(text: &str) -> Option<(String, u16, Encryption)> {
        text.parse::<SmtpUrl>().ok().map(|url| (url.host, url.port, url.encryption))
    }

    #[test]
    fn a_server_is_read_from_its_url() {
        let read = |host: &str, port, encryption| Some((host.to_owned(), port, encryption));
        for (text, expected) in [
            ("smtp://mail.example", read("mail.example", 587, Encryption::WhereOffered)),
            ("smtp://mail.example:25/", read("mail.example", 25, Encryption::WhereOffered)),
            ("smtp://127.0.0.1:2525?tls=none", read("127.0.0.1", 2525, Encryption::None)),
            ("smtp://a:b@mail.example", read("mail.example", 587, Encryption::StartTls)),
            ("smtp://a:b@mail.example?tls=opportunistic", read("mail.example", 587, Encryption::WhereOffered)),
            ("smtp://mail.example?tls=required", read("mail.example", 587, Encryption::StartTls)),
            ("smtps://a:b@[::1]", read("::1", 465, Encryption::Tls)),
            ("smtps://[::1]:2465", read("::1", 2465, Encryption::Tls)),
        ] {
            assert_eq!(url(text), expected, "{text}");
        }
        for wrong in [
            "",
            "mail.example:25",
            "http://mail.example",
            "smtp://",
            "smtp://:25",
            "smtp://mail.example:port",
            "smtp://mail.example:70000",
            "smtp://user@mail.example",
            "smtp://mail.example?tls=maybe",
            "smtps://mail.example?tls=none",
            "smtp://[::1",
            "smtp://[::1]x",
            "smtp://mail example",
            "smtp://a:%ff@mail.example",
        ] {
            assert_eq!(url(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_password_is_decoded_and_not_shown() {
        let url: SmtpUrl = "smtp://orders%40shop.example:p%3Aa%2Fs@mail.example".parse().unwrap();
        assert_eq!(url.credentials, Some(("orders@shop.example".to_owned(), "p:a/s".to_owned())));
        assert_eq!(format!("{url} {url:?}"), "smtp://mail.example:587 smtp://mail.example:587");
    }

    #[test]
    fn a_sender_may_have_a_name() {
        for text in ["orders@shop.example", "The Book City <orders@shop.example>", "书城 <orders@shop.example>"] {
            assert_eq!(text.parse::<Sender>().map(|sender| sender.domain().to_owned()).as_deref(), Ok("shop.example"), "{text}");
        }
        for wrong in ["", "shop.example", "The Book City", "a@b@c", "a@shop.example, b@shop.example"] {
            assert!(wrong.parse::<Sender>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in "(smtps?://)?\\PC{0,60}") {
            drop(text.parse::<SmtpUrl>());
            drop(text.parse::<Sender>());
        }

        #[test]
        fn any_letter_is_written_with_one_head(subject in ".{0,80}", body in "(?s).{0,200}") {
            let sender: Sender = "orders@shop.example".parse().unwrap();
            let written_at = "2026-06-30T08:15:00Z".parse().unwrap();
            let letter = Letter { message_id: "<a@shop.example>", written_at, recipient: "mei@example.com", subject: &subject, body: &body, html: None, unsubscribe_url: None };
            let (_, text) = write(&sender, letter).unwrap();
            let text = String::from_utf8(text).unwrap();
            prop_assert!(text.is_ascii(), "every server takes it");
            let (head, _) = text.split_once("\r\n\r\n").unwrap();
            let names: Vec<&str> = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t'])).filter_map(|line| line.split_once(':')).map(|(name, _)| name).collect();
            prop_assert_eq!(
                names,
                ["Message-ID", "Date", "From", "To", "Subject", "Auto-Submitted", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"]
            );
        }
    }
}
