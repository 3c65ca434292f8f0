//! SMTP behind the outbox, against a server that does what real ones do on bad days.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chatchat_adapters::mail::{MailQueue, Smtp, SmtpError};
use chatchat_adapters::stack::{Stack, StackOptions};
use chatchat_domain::account::{CODE_LIFETIME, CodePurpose, EmailAddress, EmailCode};
use chatchat_domain::identity::ReturnPlaces;
use chatchat_domain::outbox::Work;
use chatchat_domain::ports::{Clock, Mail};
use chatchat_domain::session::SessionLifetimes;
use chatchat_domain::{App, Error, Ports, Settings, Timestamp};
use mail_parser::{Message, MessageParser, MimeHeaders as _};
use tempfile::TempDir;

use crate::services::smtp::SmtpServer;

const FROM: &str = "Chat 上海 <chat@chat.example>";
const MINUTE: Duration = Duration::from_secs(60);

/// A service that mails through a server, at a time of its own.
pub(crate) struct Office {
    pub(crate) server: SmtpServer,
    ports: Ports,
    app: App,
    clock: Arc<Watch>,
    _folder: TempDir,
}

struct Watch(AtomicI64);

impl Clock for Watch {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_micros(self.0.load(Ordering::SeqCst))
    }
}

impl Office {
    pub(crate) async fn open() -> Self {
        let folder = TempDir::new().unwrap();
        let server = SmtpServer::start().await;
        let stack = Stack::open(StackOptions::embedded(folder.path(), "http://localhost")).await.unwrap();
        let clock = Arc::new(Watch(AtomicI64::new(1_800_000_000_000_000)));
        let (outbox, random) = (Arc::clone(&stack.ports.outbox), Arc::clone(&stack.ports.random));
        let ports = Ports {
            mailer: Arc::new(MailQueue::new(outbox, clock.clone(), random, Arc::default())),
            transport: Arc::new(Smtp::connect(&server.url(), FROM).await.unwrap()),
            clock: clock.clone(),
            ..stack.ports.clone()
        };
        let day = Duration::from_secs(24 * 3600);
        let lifetimes = SessionLifetimes { access: day, refresh: day };
        let settings = Settings {
            secret: stack.secret.clone(),
            lifetimes,
            max_group_members: 10,
            recall_within: Duration::from_secs(120),
            oauth_clients: Vec::new(),
            return_places: ReturnPlaces::new("http://localhost", Vec::new()),
        };
        Self { server, app: App::new(ports.clone(), settings), ports, clock, _folder: folder }
    }

    /// Takes a mail.
    pub(crate) async fn take(&self, mail: Mail) -> Result<(), Error> {
        self.pass(Duration::from_micros(1)); // no two at the same moment
        self.ports.mailer.send(mail).await
    }

    /// Does all that is due now, in order; says how much that was.
    pub(crate) async fn work(&self) -> usize {
        let mut done = 0;
        loop {
            let claimed = self.app.outbox().claim(10).await.unwrap();
            if claimed.is_empty() {
                return done;
            }
            for one in claimed {
                self.app.outbox().attend(one).await.unwrap();
                done += 1;
            }
        }
    }

    fn pass(&self, span: Duration) {
        self.clock.0.store(self.clock.now().after(span).unix_micros(), Ordering::SeqCst);
    }
}

/// The message, however it was encoded on its way.
pub(crate) fn read(message: &str) -> Message<'_> {
    MessageParser::default().parse(message).unwrap()
}

fn to(receiver: &str) -> EmailAddress {
    EmailAddress::new(receiver).unwrap()
}

fn notice() -> Mail {
    Mail::AlreadyRegistered { to: to("ann@example.com") }
}

fn code(code: &str) -> Mail {
    Mail::Code { to: to("ann@example.com"), purpose: CodePurpose::Register, code: EmailCode::typed(code) }
}

#[tokio::test]
async fn text_and_page_say_the_same_in_any_script() {
    let office = Office::open().await;
    office.take(code("上海 <😀>")).await.unwrap();
    office.work().await;
    let received = &office.server.received()[0];
    assert!(received.message.is_ascii(), "what travels may pass through servers that know no better");
    let message = read(&received.message);
    assert!(message.body_text(0).unwrap().lines().any(|line| line == "    上海 <😀>"));
    assert!(message.body_html(0).unwrap().contains(">上海 &lt;😀&gt;</p>"));
    let from = message.from().unwrap().first().unwrap();
    assert_eq!((from.name(), from.address()), (Some("Chat 上海"), Some("chat@chat.example")));
    assert_eq!(message.header_raw("Auto-Submitted").unwrap().trim(), "auto-generated");
    assert!(message.is_content_type("multipart", "alternative"));
}

#[tokio::test]
async fn odd_addresses_arrive_as_they_are_and_add_no_header() {
    let office = Office::open().await;
    let odd = ["o'brien+chat=1%x@sub.example.com", "{ann}|!#$&*-/?^_`~@example.com", "张@example.com"];
    for receiver in odd {
        office.take(Mail::AlreadyRegistered { to: to(receiver) }).await.unwrap();
    }
    office.work().await;
    let received = office.server.received();
    let receivers: Vec<_> = received.iter().map(|mail| mail.to.clone()).collect();
    assert_eq!(receivers, odd.map(|receiver| vec![receiver.to_owned()]));
    for mail in received {
        let message = read(&mail.message);
        assert!(message.bcc().is_none() && message.cc().is_none());
        assert_eq!(message.to().unwrap().first().unwrap().address(), Some(mail.to[0].as_str()));
    }
    for injection in ["ann@example.com\r\nBcc: eve@example.com", "ann\r\n@example.com", "a,eve@x@example.com"]
    {
        assert!(EmailAddress::new(injection).is_err(), "{injection:?}");
    }
}

#[tokio::test]
async fn what_the_server_cannot_take_now_it_gets_later() {
    let office = Office::open().await;
    office.server.answer("RCPT", "451 later, please");
    office.server.answer("MAIL", "421 going down");
    office.take(notice()).await.unwrap();
    assert_eq!(office.work().await, 1);
    assert_eq!(office.work().await, 0, "not at once");
    office.pass(MINUTE);
    assert_eq!(office.work().await, 1);
    office.pass(MINUTE);
    assert_eq!(office.work().await, 1);
    assert_eq!(office.server.received().len(), 1);
    office.pass(100 * MINUTE);
    assert_eq!(office.work().await, 0, "once is enough");
}

#[tokio::test]
async fn a_server_that_was_away_gets_what_was_taken_meanwhile() {
    let mut office = Office::open().await;
    office.server.go_away().await;
    office.take(notice()).await.unwrap();
    office.take(code("012345")).await.unwrap();
    assert_eq!(office.work().await, 2);
    office.server.come_back().await;
    office.pass(CODE_LIFETIME / 2);
    assert_eq!(office.work().await, 2);
    assert_eq!(office.server.received().len(), 2);
}

#[tokio::test]
async fn a_receiver_that_does_not_exist_is_not_asked_for_again() {
    let office = Office::open().await;
    office.server.answer("RCPT", "550 no such person");
    office.take(notice()).await.unwrap();
    assert_eq!(office.work().await, 1);
    office.pass(10_000 * MINUTE);
    assert_eq!(office.work().await, 0);
    assert!(office.server.received().is_empty());
}

#[tokio::test]
async fn an_address_that_the_server_has_no_letters_for_is_not_tried_again() {
    let office = Office::open().await;
    office.server.answer("EHLO", "250 test");
    office.take(Mail::AlreadyRegistered { to: to("änn@example.com") }).await.unwrap();
    assert_eq!(office.work().await, 1);
    office.pass(10_000 * MINUTE);
    assert_eq!(office.work().await, 0);
}

#[tokio::test]
async fn a_server_that_does_not_let_us_in_says_nothing_of_the_mail() {
    let office = Office::open().await;
    office.server.answer("MAIL", "530 who are you?");
    office.take(notice()).await.unwrap();
    office.work().await;
    office.pass(MINUTE);
    assert_eq!(office.work().await, 1);
    assert_eq!(office.server.received().len(), 1);
}

#[tokio::test]
async fn a_code_is_not_mailed_when_it_is_not_good_any_more() {
    let mut office = Office::open().await;
    office.server.go_away().await;
    office.take(code("012345")).await.unwrap();
    office.work().await;
    office.server.come_back().await;
    office.pass(CODE_LIFETIME);
    assert_eq!(office.work().await, 1, "it is buried");
    office.pass(CODE_LIFETIME);
    assert_eq!(office.work().await, 0);
    assert!(office.server.received().is_empty());
}

#[tokio::test]
async fn a_mail_that_comes_twice_after_a_crash_is_marked_as_the_same() {
    let office = Office::open().await;
    office.take(code("012345")).await.unwrap();
    // Sent, but the process ends before it is settled.
    let claimed = office.app.outbox().claim(1).await.unwrap().remove(0);
    let Work::Mail(mail) = &claimed.work else { panic!("{claimed:?}") };
    office.ports.transport.deliver(claimed.id, mail, claimed.since).await.unwrap();
    assert_eq!(office.work().await, 0, "it could still be settled");
    office.pass(MINUTE);
    assert_eq!(office.work().await, 1);
    let received = office.server.received();
    let marks: Vec<_> = received
        .iter()
        .map(|mail| {
            let message = read(&mail.message);
            (message.message_id().unwrap().to_owned(), message.date().cloned())
        })
        .collect();
    assert_eq!(marks.len(), 2);
    assert_eq!(marks[0], marks[1]);
    assert!(marks[0].0.ends_with("@chat.example"));
}

#[tokio::test]
async fn a_server_that_hangs_keeps_no_mail_for_ever() {
    let office = Office::open().await;
    office.server.answer("DATA", "");
    office.take(notice()).await.unwrap();
    assert_eq!(office.work().await, 1);
    office.pass(MINUTE);
    assert_eq!(office.work().await, 1);
    assert_eq!(office.server.received().len(), 1);
}

#[tokio::test]
async fn a_server_that_cannot_be_used_says_why_and_never_the_password() {
    let server = SmtpServer::start_for_ann("s3cr/et").await;
    let host = server.host();
    Smtp::connect(&format!("smtp://ann:s3cr%2Fet@{host}"), FROM).await.map(drop).unwrap();
    for (url, may_pass) in [
        (format!("smtp://ann:wr0ng@{host}"), false),
        (format!("smtp://ann:wr0ng@{host}?tls=required"), false),
        (format!("smtps://ann:wr0ng@{host}"), true),
        ("smtp://ann:wr0ng@127.0.0.1:1".to_owned(), true),
    ] {
        let error = Smtp::connect(&url, FROM).await.map(drop).unwrap_err();
        assert_eq!(error.may_pass(), may_pass, "{error:?}");
        assert!(may_pass || matches!(error, SmtpError::Refused(_)), "{error:?}");
        let text = error.to_string();
        assert!(!text.contains("wr0ng") && !text.contains('\n'), "{text}");
    }
}
