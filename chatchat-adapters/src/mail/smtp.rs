//! SMTP (RFC 5321).

mod connections;
mod server;

use std::fmt::Display;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use chatchat_domain::outbox::{Delivery, MailTransport};
use chatchat_domain::ports::Mail;
use chatchat_domain::{Error, Timestamp, WorkId};
use lettre::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp;
use lettre::transport::smtp::response::Category;

use crate::mail::templates;
use crate::tls;
use connections::{Connections, NotTaken};
use server::Server;

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

/// Sends mail over SMTP.
pub struct Smtp {
    connections: Connections,
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
        smtp.connections.check().await?;
        Ok(smtp)
    }

    /// Whether the server answers.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if it does not in time.
    pub async fn ping(&self) -> Result<(), Error> {
        self.connections.check().await.map_err(away)
    }

    fn new(url: &str, from: &str) -> Result<Self, SmtpError> {
        tls::install();
        let from = from.parse().map_err(|_| SmtpError::From)?;
        Ok(Self { connections: Connections::to(Server::of(url)?), from })
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
        match self.connections.send(message.envelope(), &message.formatted()).await {
            Ok(()) => Ok(Delivery::Accepted),
            Err(NotTaken::Refused(error)) if is_final(&error) => Ok(Delivery::Refused(one_line(&error))),
            Err(NotTaken::Refused(error)) => Err(away(one_line(&error))),
            Err(NotTaken::Away(error)) => Err(away(error)),
            Err(NotTaken::Late) => Err(away("it takes too long")),
        }
    }
}

/// So that no machine answers it (RFC 3834).
fn generated() -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned())
}

/// Whether this mail will never be accepted: the server says so, or it cannot be said in the server's words (an
/// address that is not ASCII, where it knows no SMTPUTF8). That we are not let in (53x), or that the whole server takes no mail
/// (52x), says nothing about the mail.
fn is_final(error: &smtp::Error) -> bool {
    let about_us = |category| matches!(category, Category::Unspecified3 | Category::Connections);
    error.is_client() || error.is_permanent() && error.status().is_some_and(|code| !about_us(code.category))
}

fn away(reason: impl Display) -> Error {
    Error::Unavailable(format!("the mail server: {reason}"))
}

fn one_line(error: &smtp::Error) -> String {
    error.to_string().replace(['\r', '\n'], " ")
}

#[cfg(test)]
mod tests {
    use chatchat_domain::account::EmailAddress;

    use super::*;

    #[test]
    fn whoever_writes_must_have_an_address() {
        for from in
            ["nobody", "a@b\r\nBcc: eve@example.com", "Ann <ann@example.com>\r\nBcc: <eve@example.com>", ""]
        {
            let error = Smtp::new("smtp://localhost", from).map(drop).unwrap_err();
            assert_eq!(error, SmtpError::From, "{from:?}");
        }
    }

    #[test]
    fn a_mail_is_the_same_whenever_it_is_made() {
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
