//! A demo: serves with people, friendships, a group and messages to play with.
//!
//! They are made through the use cases, as clients would make them, and only where they are missing, so that a
//! demo can be stopped and started again. A file beside the database marks it as a demo's; one without the mark
//! is left alone.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::net::Ipv4Addr;

use chatchat_adapters::stack::DatabaseOptions;
use chatchat_domain::account::{CodePurpose, EmailAddress, EmailCode, Password, Registration, UserName};
use chatchat_domain::conversation::{ClientId, MessageText, NewMessage};
use chatchat_domain::friend::{Invitee, Note};
use chatchat_domain::group::{Description, GroupDraft, GroupName, History, JoinPolicy};
use chatchat_domain::page::PageRequest;
use chatchat_domain::session::{Caller, Client, Tokens};
use chatchat_domain::{App, ConversationId, Error, Refusal};
use futures_util::future::try_join_all;

use crate::config::Config;
use crate::http::State;
use crate::server::{Prepared, Server, StartError};

/// The file that marks a database as a demo's.
const MARK: &str = "demo";
/// Nobody's secret.
const PASSWORD: &str = "demo-password";
const PEOPLE: [(&str, &str); 4] = [
    ("Ann", "ann@demo.example"),
    ("Bob", "bob@demo.example"),
    ("Chen 陈", "chen@demo.example"),
    ("Dana", "dana@demo.example"),
];
const GROUP: &str = "Weekend in 上海";
/// What is said in the group: who, by their place among [`PEOPLE`], and what.
const SAID: [(usize, &str); 5] = [
    (0, "Shall we go on Saturday?"),
    (2, "好啊！早上九点在车站见。"),
    (3, "I'll bring the tickets."),
    (1, "Count me in 🚄"),
    (0, "Nine o'clock at the station then."),
];
/// How many of the newest mails are looked through for a code.
const MAILS: usize = 100;

/// Starts a server on a demo's data, makes what is missing in them, and prints who can log in.
///
/// # Errors
/// [`StartError::Demo`] for a database that holds other people; whatever else is in the way of a server.
pub(crate) async fn start(config: Config) -> Result<Server, StartError> {
    mark(&config)?;
    let prepared = Prepared::new(config).await?;
    furnish(prepared.state()).await.map_err(|error| StartError::Demo(error.to_string()))?;
    let url = prepared.state().urls.public_url().to_owned();
    let server = prepared.serve()?;
    let _nobody_reads = io::stdout().write_all(welcome(&url).as_bytes());
    Ok(server)
}

/// Marks a new database as a demo's.
fn mark(config: &Config) -> Result<(), StartError> {
    let mark = config.server.data_dir.join(MARK);
    if mark.exists() {
        return Ok(());
    }
    let DatabaseOptions::Sqlite(database) = &config.database else {
        return Err(StartError::Demo("it keeps its people in a file; database.url names none".to_owned()));
    };
    if database.exists() {
        let database = database.display();
        return Err(StartError::Demo(format!("{database} holds other people; choose another --data-dir")));
    }
    std::fs::create_dir_all(&config.server.data_dir)?;
    std::fs::write(mark, "These are the data of a demo: chatchat-server demo\n")?;
    Ok(())
}

/// A person of the demo, logged in.
#[derive(Clone, Copy)]
struct Person {
    email: &'static str,
    caller: Caller,
}

/// Makes whatever is missing.
async fn furnish(state: &State) -> Result<(), Error> {
    let app = &*state.app;
    let people = try_join_all(PEOPLE.map(|(name, email)| arrive(state, name, email))).await?;
    if let [ann, others @ ..] = people.as_slice() {
        for other in others {
            befriend(app, ann, other).await?;
        }
        if let [bob, ..] = others {
            let talk = ConversationId::direct(ann.caller.user, bob.caller.user);
            say(app, bob, talk, 0, "Hi Ann! Did you find your way around?").await?;
            say(app, ann, talk, 1, "Yes, it is quick. See you in the group!").await?;
        }
        let group = gather(app, ann, others).await?;
        for (place, (who, text)) in SAID.iter().enumerate() {
            if let Some(person) = people.get(*who) {
                say(app, person, group, place, text).await?;
            }
        }
    }
    for person in &people {
        app.sessions().log_out(person.caller).await?;
    }
    Ok(())
}

/// Logs the person in; registers them first if nobody has their address.
async fn arrive(state: &State, name: &str, email: &'static str) -> Result<Person, Error> {
    let app = &*state.app;
    let address = EmailAddress::new(email)?;
    let client = Client { device: Some("demo".to_owned()), ip: Ipv4Addr::LOCALHOST.to_string() };
    let logged_in = app.sessions().log_in(&address, Password::new(PASSWORD)?, client.clone()).await;
    let tokens: Tokens = match logged_in {
        Ok((_, tokens)) => tokens,
        Err(Error::Refused(Refusal::InvalidCredentials)) => {
            app.accounts().send_code(address.clone(), CodePurpose::Register).await?;
            let registration = Registration {
                code: mailed_code(state, email).await?,
                email: address,
                password: Password::new(PASSWORD)?,
                name: Some(UserName::new(name)?),
            };
            app.accounts().register(registration, client).await?.1
        }
        Err(error) => return Err(error),
    };
    Ok(Person { email, caller: app.sessions().authenticate(&tokens.access_token).await? })
}

/// The code in the newest mail to this address.
async fn mailed_code(state: &State, email: &str) -> Result<EmailCode, Error> {
    let mailbox = state.stack.mailbox.as_ref();
    let mailbox =
        mailbox.ok_or_else(|| Error::Unavailable("a demo's mail is not sent: mail.url".to_owned()))?;
    let mails = mailbox.recent(MAILS).await;
    let mails = mails.map_err(|error| Error::Unavailable(format!("the outbox: {error}")))?;
    let code = mails.into_iter().find(|mail| mail.to == email).and_then(|mail| mail.code);
    code.map(|code| EmailCode::typed(&code))
        .ok_or_else(|| Error::Unavailable(format!("{email} has another password than the demo's")))
}

/// Makes the two friends, unless they are.
async fn befriend(app: &App, one: &Person, other: &Person) -> Result<(), Error> {
    for (from, to) in [(one, other), (other, one)] {
        let invitee = Invitee::Email(EmailAddress::new(to.email)?);
        match app.friends().ask(from.caller, invitee, Note::default()).await {
            Ok(_) | Err(Error::Refused(Refusal::AlreadyFriends)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The demo's group, which `owner` makes unless they are in it.
async fn gather(app: &App, owner: &Person, others: &[Person]) -> Result<ConversationId, Error> {
    let known = app.groups().search(owner.caller, GROUP, PageRequest::default()).await?;
    let mine =
        known.items.into_iter().find(|found| found.my_role.is_some() && found.group.name.as_str() == GROUP);
    let group = match mine {
        Some(group) => group,
        None => {
            let draft = GroupDraft {
                name: GroupName::new(GROUP)?,
                description: Description::new("Trains, tickets, dumplings.")?,
                join_policy: JoinPolicy::Open,
                history: History::All,
                members: others.iter().map(|person| person.caller.user).collect(),
            };
            app.groups().create(owner.caller, draft).await?
        }
    };
    Ok(group.group.id.conversation())
}

/// Says it, once; who has left the conversation since the last time keeps silent.
async fn say(
    app: &App,
    person: &Person,
    conversation: ConversationId,
    place: usize,
    text: &str,
) -> Result<(), Error> {
    let client_id = ClientId::new(&format!("demo-{place}"))?;
    let message = NewMessage::text(client_id, MessageText::new(text)?);
    match app.conversations().send(person.caller, conversation, message).await {
        Ok(_) | Err(Error::Refused(Refusal::NotFound | Refusal::NotFriends)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Who can log in, and how.
fn welcome(url: &str) -> String {
    let mut text = format!("\n  {:<10} {:<20} password\n", "name", "e-mail");
    for (name, email) in PEOPLE {
        let _infallible = writeln!(text, "  {name:<10} {email:<20} {PASSWORD}");
    }
    let (_, ann) = PEOPLE[0];
    let _infallible = write!(
        text,
        "\nTry it:\n\n  \
         TOKEN=$(curl -s {url}/api/v1/auth/login -H 'Content-Type: application/json' \\\n    \
         -d '{{\"email\":\"{ann}\",\"password\":\"{PASSWORD}\"}}' | grep -o '\"access_token\":\"[^\"]*' | cut -d'\"' -f4)\n  \
         curl -s {url}/api/v1/conversations -H \"Authorization: Bearer $TOKEN\"\n  \
         curl -s -G {url}/api/v1/groups --data-urlencode 'query=上海' -H \"Authorization: Bearer $TOKEN\"\n\n\
         Mail appears at {url}/dev/mail\n\n"
    );
    text
}
