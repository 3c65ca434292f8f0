use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use chatchat_domain::outbox::{Delivery, MailTransport};
use chatchat_domain::ports::Mail;
use chatchat_domain::{Error, Timestamp, WorkId};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::response::Category;
use lettre::transport::smtp::{self, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use url::Url;

use crate::mail::templates;

/// How long the server may take for each answer, and for a mail as a whole.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);
const DELIVERED_WITHIN: Duration = Duration::from_secs(30);
/// How many connections there are at most, and how long an idle one is kept.
const CONNECTIONS: u32 = 8;
const IDLE: Duration = Duration::from_secs(60);

/// Why mail cannot be sent. Never holds the password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SmtpError {
    /// The URL is none, or says what is not known or not safe.
    #[error("{0}")]
    Url(&'static str),
    /// Nobody can be written from.
    #[error("the sender must be an address or Name <address>")]
    From,
    /// The server does not let us in.
    #[error("the server refuses: {0}")]
    Refused(String),
    /// Nothing answers; this may pass.
    #[error("cannot reach the server: {0}")]
    Unreachable(String),
}

impl SmtpError {
    /// Whether it may go well a moment later.
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable(_))
    }
}

/// Sends mail over SMTP (RFC 5321).
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    /// Connects to `smtp[s]://[user:password@]host[:port]` once, to see that it would work.
    ///
    /// `smtps` speaks TLS from the start (port 465). `smtp` does with `?tls=required` once the server has greeted
    /// (STARTTLS, port 587), with `?tls=opportunistic` where the server can, with `?tls=none` never (port 25). If
    /// the URL does not say, it is `none` to this very machine, and `required` to all others. A password is sent to
    /// others only with TLS that is not opportunistic.
    ///
    /// # Errors
    /// [`SmtpError`] says what does not work; never with the password.
    pub async fn connect(url: &str, from: &str) -> Result<Self, SmtpError> {
        let smtp = Self::new(url, from)?;
        match tokio::time::timeout(DELIVERED_WITHIN, smtp.transport.test_connection()).await {
            Ok(Ok(true)) => Ok(smtp),
            Ok(Ok(false)) => Err(SmtpError::Unreachable("it has closed the connection".to_owned())),
            Ok(Err(error)) if error.is_permanent() || error.is_client() => {
                Err(SmtpError::Refused(one_line(&error)))
            }
            Ok(Err(error)) => Err(SmtpError::Unreachable(one_line(&error))),
            Err(_) => Err(SmtpError::Unreachable("it does not answer".to_owned())),
        }
    }

    fn new(url: &str, from: &str) -> Result<Self, SmtpError> {
        let from = from.parse().map_err(|_| SmtpError::From)?;
        let url = explicit(url)?;
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.as_str()).map_err(|_| MALFORMED)?;
        let pool = PoolConfig::new().max_size(CONNECTIONS).idle_timeout(IDLE);
        Ok(Self { transport: builder.timeout(Some(ANSWERED_WITHIN)).pool_config(pool).build(), from })
    }

    /// The mail as it travels: the same for the same `id`, whenever it is made.
    fn message(&self, id: WorkId, mail: &Mail, since: Timestamp) -> Result<Message, String> {
        let letter = templates::letter(mail);
        let to = letter.to.parse().map_err(|error| format!("the address: {error}"))?;
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(since.unix_seconds());
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject)
            .date(date)
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .raw_header(generated())
            .multipart(MultiPart::alternative_plain_html(letter.text(), letter.html()))
            .map_err(|error| error.to_string())
    }
}

#[async_trait]
impl MailTransport for Smtp {
    async fn deliver(&self, id: WorkId, mail: &Mail, since: Timestamp) -> Result<Delivery, Error> {
        let message = match self.message(id, mail, since) {
            Ok(message) => message,
            Err(reason) => return Ok(Delivery::Refused(reason)),
        };
        // In a task of its own: a connection that is left in the midst of a mail must not go back to the pool.
        let transport = self.transport.clone();
        let sending = tokio::spawn(async move { transport.send(message).await });
        match tokio::time::timeout(DELIVERED_WITHIN, sending).await {
            Ok(Ok(Ok(_))) => Ok(Delivery::Accepted),
            Ok(Ok(Err(error))) if is_final(&error) => Ok(Delivery::Refused(one_line(&error))),
            Ok(Ok(Err(error))) => Err(away(&one_line(&error))),
            Ok(Err(_)) => Err(Error::Internal("sending a mail has panicked".to_owned())),
            Err(_) => Err(away("it takes too long")),
        }
    }
}

const MALFORMED: SmtpError = SmtpError::Url("must be smtp://user:password@host:port or smtps://…");

/// The URL with what it says about TLS, even if that is what goes without saying.
fn explicit(url: &str) -> Result<Url, SmtpError> {
    let mut url = Url::parse(url).map_err(|_| MALFORMED)?;
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or(MALFORMED)?;
    let is_local = is_loopback(host);
    let mut tls = None;
    for (key, value) in url.query_pairs() {
        match (&*key, &*value) {
            ("tls", "required" | "opportunistic" | "none") => tls = Some(value.into_owned()),
            _ => return Err(SmtpError::Url("knows but tls=required, tls=opportunistic and tls=none")),
        }
    }
    let tls = match (url.scheme(), tls.as_deref()) {
        ("smtps", None) => "wrapped",
        ("smtp", Some("required")) => "required",
        ("smtp", Some("opportunistic")) => "opportunistic",
        ("smtp", Some("none")) => "none",
        ("smtp", _) if is_local => "none",
        ("smtp", _) => "required",
        ("smtps", _) => return Err(SmtpError::Url("smtps:// always has TLS: tls= has no place there")),
        _ => return Err(MALFORMED),
    };
    if url.password().is_some() && !is_local && matches!(tls, "none" | "opportunistic") {
        return Err(SmtpError::Url("would send the password in the clear: use smtps:// or tls=required"));
    }
    url.set_query(matches!(tls, "required" | "opportunistic").then(|| format!("tls={tls}")).as_deref());
    Ok(url)
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// So that no machine answers it (RFC 3834).
fn generated() -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned())
}

/// Whether this mail will never be accepted. That we are not let in (53x), or that the whole server takes no mail
/// (52x), says nothing about the mail.
fn is_final(error: &smtp::Error) -> bool {
    let about_us = |category| matches!(category, Category::Unspecified3 | Category::Connections);
    error.is_permanent() && error.status().is_some_and(|code| !about_us(code.category))
}

fn away(reason: &str) -> Error {
    Error::Unavailable(format!("the mail server: {reason}"))
}

fn one_line(error: &smtp::Error) -> String {
    error.to_string().replace(['\r', '\n'], " ")
}

#[cfg(test)]
mod tests {
    use chatchat_domain::account::EmailAddress;

    use super::*;

    fn explained(url: &str) -> Result<String, SmtpError> {
        explicit(url).map(String::from)
    }

    #[test]
    fn tls_goes_without_saying_but_to_this_machine() {
        for (url, explicit) in [
            ("smtp://mail.example", "smtp://mail.example?tls=required"),
            ("smtp://mail.example:25?tls=none", "smtp://mail.example:25"),
            ("smtp://mail.example?tls=opportunistic", "smtp://mail.example?tls=opportunistic"),
            ("smtps://ann:pw@mail.example", "smtps://ann:pw@mail.example"),
            ("smtp://ann:pw@mail.example", "smtp://ann:pw@mail.example?tls=required"),
            ("smtp://ann:pw@127.0.0.1:2525", "smtp://ann:pw@127.0.0.1:2525"),
            ("smtp://ann:pw@localhost?tls=required", "smtp://ann:pw@localhost?tls=required"),
            ("smtp://[::1]:2525", "smtp://[::1]:2525"),
        ] {
            assert_eq!(explained(url).as_deref(), Ok(explicit));
        }
    }

    #[test]
    fn no_password_travels_in_the_clear_and_none_is_shown() {
        for url in [
            "smtp://ann:s3cret@mail.example?tls=none",
            "smtp://ann:s3cret@mail.example?tls=opportunistic",
            "smtp://ann:s3cret@127.0.0.1.example?tls=none",
            "smtp://ann:s3cret@mail.example?tls=maybe",
            "smtp://ann:s3cret@mail.example?colour=s3cret",
            "smtps://ann:s3cret@mail.example?tls=none",
            "http://ann:s3cret@mail.example",
            "smtp:",
            "s3cret",
        ] {
            let error = explained(url).unwrap_err();
            assert!(matches!(error, SmtpError::Url(_)) && !error.to_string().contains("s3cret"), "{url}");
        }
    }

    #[tokio::test]
    async fn whoever_writes_must_have_an_address() {
        for from in
            ["nobody", "a@b\r\nBcc: eve@example.com", "Ann <ann@example.com>\r\nBcc: <eve@example.com>", ""]
        {
            let error = Smtp::new("smtp://localhost", from).map(drop).unwrap_err();
            assert_eq!(error, SmtpError::From, "{from:?}");
        }
    }

    #[tokio::test]
    async fn a_mail_is_the_same_whenever_it_is_made() {
        let smtp = Smtp::new("smtp://localhost", "Chat \"上海\" <chat@example.com>").unwrap();
        let mail = Mail::AlreadyRegistered { to: EmailAddress::new("ann@example.com").unwrap() };
        let id = WorkId::from_bytes([7; 16]);
        let made = smtp.message(id, &mail, Timestamp::from_unix_micros(1_700_000_000_000_000)).unwrap();
        let message = String::from_utf8(made.formatted()).unwrap();
        for line in [
            &format!("Message-ID: <{id}@example.com>"),
            "Date: Tue, 14 Nov 2023 22:13:20 +0000",
            "To: ann@example.com",
            "Auto-Submitted: auto-generated",
        ] {
            assert!(message.contains(&format!("{line}\r\n")), "{line} is not in {message}");
        }
    }
}
