use std::net::Ipv4Addr;

use chatchat_domain::account::{CodePurpose, EmailAddress, EmailCode, Password, Registration, UserName};
use chatchat_domain::attachment::{ContentType, FileName, Upload};
use chatchat_domain::conversation::{ClientId, Emoji, Mentions, MessageText, NewContent, NewMessage, Seq};
use chatchat_domain::friend::{Invitee, Note};
use chatchat_domain::group::{Description, GroupDraft, GroupName, History, JoinPolicy};
use chatchat_domain::page::PageRequest;
use chatchat_domain::session::{Caller, Client, Tokens};
use chatchat_domain::{App, ConversationId, Error, Refusal};
use futures_util::future::try_join_all;

use super::script::{
    ABOUT_GROUP, ANN, DemoPerson, EMILE, GROUP, IN_GROUP, Line, PASSWORD, PEOPLE, REQUEST, TALKS,
};
use crate::http::State;

/// How many of the newest mails are looked through for a code.
const MAILS: usize = 100;

/// The people of the demo, logged in, in the script's order.
struct Cast<'a> {
    app: &'a App,
    callers: Vec<Caller>,
}

/// Makes whatever is missing.
pub(super) async fn furnish(state: &State) -> Result<(), Error> {
    let callers = try_join_all(PEOPLE.iter().map(|person| arrive(state, person))).await?;
    let cast = Cast { app: &state.app, callers };
    for talk in &TALKS {
        cast.befriend(ANN, talk.with).await?;
        let conversation = ConversationId::direct(cast.caller(ANN)?.user, cast.caller(talk.with)?.user);
        if let Some(picture) = talk.picture {
            cast.show(talk.with, conversation, picture).await?;
        }
        cast.play(conversation, talk.lines).await?;
    }
    let group = cast.gather().await?;
    cast.play(group, IN_GROUP).await?;
    cast.ask(EMILE, ANN, REQUEST).await?;
    for caller in &cast.callers {
        cast.app.sessions().log_out(*caller).await?;
    }
    Ok(())
}

/// Logs the person in; registers them first if nobody has their address.
async fn arrive(state: &State, DemoPerson { name, email }: &DemoPerson) -> Result<Caller, Error> {
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
    app.sessions().authenticate(&tokens.access_token).await
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

impl Cast<'_> {
    fn caller(&self, who: usize) -> Result<Caller, Error> {
        self.callers.get(who).copied().ok_or_else(|| Error::Internal("a role that nobody plays".to_owned()))
    }

    /// Makes the two friends, unless they are.
    async fn befriend(&self, one: usize, other: usize) -> Result<(), Error> {
        self.ask(one, other, "").await?;
        self.ask(other, one, "").await
    }

    /// Asks somebody to be friends, unless they are; who has been asked by them becomes it.
    async fn ask(&self, from: usize, to: usize, note: &str) -> Result<(), Error> {
        let invitee = Invitee::User(self.caller(to)?.user);
        match self.app.friends().ask(self.caller(from)?, invitee, Note::new(note)?).await {
            Ok(_) | Err(Error::Refused(Refusal::AlreadyFriends)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The demo's group, which Ann makes with her friends unless she is in it.
    async fn gather(&self) -> Result<ConversationId, Error> {
        let ann = self.caller(ANN)?;
        let known = self.app.groups().search(ann, GROUP, PageRequest::default()).await?;
        let is_mine = |name: &GroupName| name.as_str() == GROUP;
        let mine =
            known.items.into_iter().find(|found| found.my_role.is_some() && is_mine(&found.group.name));
        let group = match mine {
            Some(group) => group,
            None => {
                let members = TALKS.iter().map(|talk| Ok(self.caller(talk.with)?.user));
                let draft = GroupDraft {
                    name: GroupName::new(GROUP)?,
                    description: Description::new(ABOUT_GROUP)?,
                    join_policy: JoinPolicy::Open,
                    history: History::All,
                    members: members.collect::<Result<_, Error>>()?,
                };
                self.app.groups().create(ann, draft).await?
            }
        };
        Ok(group.group.id.conversation())
    }

    /// Sends a picture where nothing has been said yet.
    async fn show(&self, who: usize, conversation: ConversationId, picture: &[u8]) -> Result<(), Error> {
        let caller = self.caller(who)?;
        match self.app.conversations().find(caller, conversation).await {
            Ok(found) if found.last_seq == Seq(0) => {}
            Ok(_) | Err(Error::Refused(Refusal::NotFound)) => return Ok(()),
            Err(error) => return Err(error),
        }
        let upload = Upload {
            name: Some(FileName::new("外滩 The Bund.png")?),
            content_type: ContentType::new("image/png")?,
            bytes: picture.to_vec(),
        };
        let image = self.app.attachments().upload(caller, upload).await?.id;
        let message = NewMessage {
            client_id: ClientId::new("demo-picture")?,
            content: NewContent::Image(image),
            reply_to: None,
            mentions: Mentions::default(),
        };
        self.app.conversations().send(caller, conversation, message).await.map(|_| ())
    }

    /// Has the lines said, those that were not.
    async fn play(&self, conversation: ConversationId, lines: &[Line]) -> Result<(), Error> {
        let mut said: Vec<Option<Seq>> = Vec::with_capacity(lines.len());
        for (place, line) in lines.iter().enumerate() {
            let answers = line.answers.and_then(|earlier| said.get(earlier).copied().flatten());
            said.push(self.say(conversation, place, line, answers).await?);
        }
        Ok(())
    }

    /// Says it, once; who has left the conversation since the last time keeps silent.
    async fn say(
        &self,
        conversation: ConversationId,
        place: usize,
        line: &Line,
        reply_to: Option<Seq>,
    ) -> Result<Option<Seq>, Error> {
        let mentioned = line.mentions.iter().map(|who| Ok(self.caller(*who)?.user));
        let message = NewMessage {
            client_id: ClientId::new(&format!("demo-{place}"))?,
            content: NewContent::Text(MessageText::new(line.text)?),
            reply_to,
            mentions: Mentions::new(mentioned.collect::<Result<Vec<_>, Error>>()?)?,
        };
        let sent = self.app.conversations().send(self.caller(line.who)?, conversation, message).await;
        let (message, fresh) = match sent {
            Err(Error::Refused(
                Refusal::NotFound | Refusal::NotFriends | Refusal::Muted | Refusal::IdempotencyConflict,
            )) => return Ok(None),
            sent => sent?,
        };
        if fresh {
            for (who, emoji) in line.reactions {
                let (caller, emoji) = (self.caller(*who)?, Emoji::new(emoji)?);
                self.app.conversations().react(caller, conversation, message.seq, emoji).await?;
            }
        }
        Ok(Some(message.seq))
    }
}
