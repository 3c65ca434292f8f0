//! [`Mailer`], with somebody who reads what arrives.

use std::sync::Arc;

use async_trait::async_trait;
use chatchat_adapters::mail::MailFolder;
use chatchat_adapters::system::SystemClock;
use chatchat_domain::Error;
use chatchat_domain::account::{CodePurpose, EmailAddress, EmailCode};
use chatchat_domain::ports::{Mail, Mailer};
use futures_util::future::join_all;
use mail_parser::Message;

use super::InFolder;
use crate::adapters::smtp::{Office, read};

contract! {
    [
        a_code_arrives_at_its_address,
        who_has_an_account_gets_no_code,
        every_purpose_has_words_of_its_own,
        mails_arrive_in_the_order_sent,
        no_mail_is_lost_among_many_at_once,
    ]
    folder => InFolder::new(|folder| MailFolder::open(folder, Arc::new(SystemClock)).unwrap());
    smtp => Box::new(Office::open().await);
}

/// A mailer whose mails can be read.
#[async_trait]
trait Post: Mailer {
    /// What has arrived, the oldest first.
    async fn arrived(&self) -> Vec<Arrived>;
}

#[derive(Debug)]
struct Arrived {
    to: String,
    subject: String,
    text: String,
}

#[async_trait]
impl Post for MailFolder {
    async fn arrived(&self) -> Vec<Arrived> {
        let mails = self.recent(usize::MAX).await.unwrap().into_iter().rev();
        mails.map(|mail| Arrived { to: mail.to, subject: mail.subject, text: mail.text }).collect()
    }
}

/// What is taken is owed by the outbox, and sent over SMTP.
#[async_trait]
impl Mailer for Office {
    async fn send(&self, mail: Mail) -> Result<(), Error> {
        self.take(mail).await
    }
}

#[async_trait]
impl Post for Office {
    async fn arrived(&self) -> Vec<Arrived> {
        self.work().await;
        self.server.received().iter().map(|mail| arrived(&read(&mail.message))).collect()
    }
}

fn arrived(message: &Message<'_>) -> Arrived {
    let to = message.to().unwrap().first().unwrap();
    Arrived {
        to: to.address().unwrap().to_owned(),
        subject: message.subject().unwrap().to_owned(),
        text: message.body_text(0).unwrap().into_owned(),
    }
}

fn code_to(receiver: &str, purpose: CodePurpose) -> Mail {
    Mail::Code { to: EmailAddress::new(receiver).unwrap(), purpose, code: EmailCode::typed("012345") }
}

async fn a_code_arrives_at_its_address(post: &dyn Post) {
    post.send(code_to("Ann@example.com", CodePurpose::Register)).await.unwrap();
    let arrived = post.arrived().await;
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0].to, "Ann@example.com");
    assert!(arrived[0].text.contains("012345"));
}

async fn who_has_an_account_gets_no_code(post: &dyn Post) {
    let to = EmailAddress::new("ann@example.com").unwrap();
    post.send(Mail::AlreadyRegistered { to }).await.unwrap();
    assert!(!post.arrived().await[0].text.chars().any(|c| c.is_ascii_digit()));
}

async fn every_purpose_has_words_of_its_own(post: &dyn Post) {
    for purpose in [CodePurpose::Register, CodePurpose::ResetPassword, CodePurpose::BindEmail] {
        post.send(code_to("ann@example.com", purpose)).await.unwrap();
    }
    let mut subjects: Vec<_> = post.arrived().await.into_iter().map(|mail| mail.subject).collect();
    subjects.sort();
    subjects.dedup();
    assert_eq!(subjects.len(), 3);
}

async fn mails_arrive_in_the_order_sent(post: &dyn Post) {
    let receivers: Vec<_> = (0..10).map(|n| format!("p{n}@example.com")).collect();
    for receiver in &receivers {
        post.send(code_to(receiver, CodePurpose::Register)).await.unwrap();
    }
    let arrived: Vec<_> = post.arrived().await.into_iter().map(|mail| mail.to).collect();
    assert_eq!(arrived, receivers);
}

async fn no_mail_is_lost_among_many_at_once(post: &dyn Post) {
    let sends = (0..50).map(|n| post.send(code_to(&format!("p{n}@example.com"), CodePurpose::Register)));
    assert!(join_all(sends).await.into_iter().all(|sent| sent.is_ok()));
    assert_eq!(post.arrived().await.len(), 50);
}
