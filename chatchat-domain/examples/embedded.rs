//! Chats inside another program: no server, no other process, everything in one folder.
//!
//! ```text
//! cargo run -p chatchat-domain --example embedded
//! ```

use std::sync::Arc;
use std::time::Duration;

use chatchat_adapters::stack::{Stack, StackOptions};
use chatchat_domain::account::{CodePurpose, EmailAddress, EmailCode, Password, Registration, UserName};
use chatchat_domain::conversation::{Body, ClientId, Content, MessageText, NewMessage};
use chatchat_domain::event::{Change, Event};
use chatchat_domain::friend::{Asked, Invitee, Note};
use chatchat_domain::identity::ReturnPlaces;
use chatchat_domain::page::PageRequest;
use chatchat_domain::ports::EventListener;
use chatchat_domain::session::{Caller, Client, SessionLifetimes};
use chatchat_domain::{App, ConversationId, Settings, Timestamp};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Both people's screens. A program with many people would look up who is in the conversation.
struct Screens {
    people: [(Caller, &'static str); 2],
}

impl EventListener for Screens {
    fn hear(&self, event: Event, _: Timestamp) {
        for (person, name) in &self.people {
            match &event {
                Event::Conversation { change: Change::Message(message), .. } => {
                    if let Body::Present { content: Content::Text(text), .. } = &message.body {
                        println!("{name} reads: {}", text.as_str());
                    }
                }
                Event::Personal { user, rev, news } if *user == person.user => {
                    println!("{name} hears, as news {}: {news:?}", rev.0);
                }
                _ => {}
            }
        }
    }

    /// Nothing is lost inside one process.
    fn hole(&self) {}
}

#[tokio::main]
async fn main() -> Outcome<()> {
    // The adapters: a database, an outbox for mail and all else in this folder, and a bus in memory.
    let folder = tempfile::tempdir()?;
    let stack = Stack::open(StackOptions::embedded(folder.path(), "embedded-example")).await?;

    // The product.
    let lifetimes = SessionLifetimes::default();
    let settings = Settings {
        secret: stack.secret.clone(),
        lifetimes,
        max_group_members: 100,
        recall_within: Duration::from_secs(120),
        oauth_clients: Vec::new(),
        return_places: ReturnPlaces::new("http://localhost", Vec::new()),
    };
    let app = App::new(stack.ports.clone(), settings);

    // Two people, who hear what happens from now on.
    let ann = register(&app, &stack, "Ann").await?;
    let bob = register(&app, &stack, "Bob").await?;
    stack.attach(Arc::new(Screens { people: [(ann, "Ann"), (bob, "Bob")] }));

    // They become friends, which opens their conversation.
    let asked = app.friends().ask(ann, Invitee::User(bob.user), Note::new("It's me!")?).await?;
    let (Asked::Made(request) | Asked::Pending(request)) = asked;
    let chat = app.friends().accept(bob, request.id).await?.conversation;

    // They talk. The third argument names the message, so that sending it again makes no second one.
    send(&app, ann, "ann-1", chat, "Hello, Bob").await?;
    send(&app, bob, "bob-1", chat, "Hello, Ann").await?;
    println!("unread: Ann {}, Bob {}", unread(&app, ann).await?, unread(&app, bob).await?);

    // Ann looks at the conversation.
    let newest = app.conversations().find(ann, chat).await?.last_seq;
    app.conversations().read(ann, chat, newest).await?;
    println!("unread: Ann {}, Bob {}", unread(&app, ann).await?, unread(&app, bob).await?);
    Ok(())
}

/// Makes an account with the code from the mail, and proves with its first token who calls from then on.
async fn register(app: &App, stack: &Stack, name: &str) -> Outcome<Caller> {
    let email = EmailAddress::new(&format!("{name}@chat.example"))?;
    let client = Client::new(Some("example"), "127.0.0.1".to_owned())?;
    app.accounts().send_code(email.clone(), CodePurpose::Register).await?;
    let mailbox = stack.mailbox.as_ref().ok_or("mail is sent")?;
    let mail = mailbox.recent(1).await?.pop().ok_or("no mail has come")?;
    let code = EmailCode::typed(&mail.code.ok_or("the mail holds no code")?);
    let (password, name) = (Password::new("correct horse")?, Some(UserName::new(name)?));
    let registration = Registration { email, code, password, name };
    let (_, tokens) = app.accounts().register(registration, client).await?;
    Ok(app.sessions().authenticate(&tokens.access_token).await?)
}

async fn send(app: &App, from: Caller, id: &str, chat: ConversationId, text: &str) -> Outcome<()> {
    let message = NewMessage::text(ClientId::new(id)?, MessageText::new(text)?);
    app.conversations().send(from, chat, message).await?;
    Ok(())
}

async fn unread(app: &App, person: Caller) -> Outcome<u64> {
    let conversations = app.conversations().list(person, PageRequest::default()).await?;
    Ok(conversations.items.iter().map(|conversation| conversation.unread).sum())
}
