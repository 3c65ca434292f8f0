//! The words in which the repositories' suites are written.

use std::collections::HashSet;
use std::time::Duration;

use chatchat_adapters::sql::Repositories;
use chatchat_adapters::sql::mysql::Mysql;
use chatchat_adapters::sql::sqlite::Sqlite;
use chatchat_adapters::system::{SystemClock, SystemRandom};
use chatchat_domain::account::{EmailAddress, NewAccount, PasswordHash, UserName};
use chatchat_domain::conversation::{Appended, ClientId, Content, Draft, Mentions, MessageText};
use chatchat_domain::event::{Change, Event, News};
use chatchat_domain::friend::{Asked, NewFriendRequest, Note};
use chatchat_domain::group::{Description, GroupName, History, JoinPolicy, NewGroup, NewJoinRequest};
use chatchat_domain::page::{Limit, Page, PageRequest};
use chatchat_domain::session::{Client, NewSession};
use chatchat_domain::{
    ConversationId, Error, FriendRequestId, GroupId, JoinRequestId, SessionId, Timestamp, UserId,
};

use super::InFolder;
use crate::services::mariadb::MariaDb;

/// An empty SQLite database.
pub(crate) fn sqlite() -> InFolder<Repositories> {
    InFolder::new(|folder| Sqlite::open(&folder.join("chat.db")).unwrap().repositories())
}

/// An empty database that speaks MySQL's protocol.
pub(crate) async fn mysql() -> Box<Repositories> {
    Box::new(Mysql::open(&MariaDb::shared().database()).await.unwrap().repositories())
}

/// More than any suite lets in.
pub(crate) const ROOM: u32 = 100;

/// So many seconds after the beginning of a suite's time.
pub(crate) fn second(number: u64) -> Timestamp {
    Timestamp::from_unix_micros(1_800_000_000_000_000).after(Duration::from_secs(number))
}

pub(crate) fn account(name: &str) -> NewAccount {
    let id = UserId::generate(&SystemClock, &SystemRandom);
    NewAccount {
        id,
        email: EmailAddress::new(&format!("{id}@example.com")).unwrap(),
        name: UserName::new(name).unwrap(),
        password: Some(PasswordHash::new("a hash".to_owned())),
        created_at: second(0),
    }
}

pub(crate) fn session(user: UserId) -> NewSession {
    NewSession {
        id: SessionId::generate(&SystemClock, &SystemRandom),
        user,
        client: Client { device: Some("phone".to_owned()), ip: "192.0.2.1".to_owned() },
        refresh_hash: [1; 32],
        created_at: second(0),
        expires_at: second(1000),
    }
}

/// Somebody with an account.
pub(crate) async fn person(store: &Repositories, name: &str) -> UserId {
    let account = account(name);
    let id = account.id;
    store.accounts.create(account, session(id)).await.unwrap();
    id
}

pub(crate) fn request(from: UserId, to: UserId) -> NewFriendRequest {
    let id = FriendRequestId::generate(&SystemClock, &SystemRandom);
    NewFriendRequest { id, from, to, note: Note::default(), now: second(1) }
}

/// Makes the two friends; gives their conversation.
pub(crate) async fn befriend(store: &Repositories, one: UserId, other: UserId) -> ConversationId {
    let asked = store.friends.ask(request(one, other)).await.unwrap();
    let Asked::Made(request) = asked.value else { panic!("they had asked before") };
    store.friends.accept(other, request.id, second(2)).await.unwrap().value.conversation
}

pub(crate) fn group_of(owner: UserId, members: &[UserId]) -> NewGroup {
    NewGroup {
        id: GroupId::generate(&SystemClock, &SystemRandom),
        owner,
        name: GroupName::new("Hikers").unwrap(),
        description: Description::default(),
        join_policy: JoinPolicy::Open,
        history: History::SinceJoin,
        members: members.to_vec(),
        now: second(3),
    }
}

/// Makes an open group of the owner's.
pub(crate) async fn group(store: &Repositories, owner: UserId) -> GroupId {
    store.groups.create(group_of(owner, &[])).await.unwrap().value.group.id
}

/// Somebody's wish to be in a group, which the group's policy may grant at once.
pub(crate) fn wish(user: UserId, group: GroupId) -> NewJoinRequest {
    wish_at(user, group, 4)
}

pub(crate) fn wish_at(user: UserId, group: GroupId, at: u64) -> NewJoinRequest {
    NewJoinRequest { id: JoinRequestId::generate(&SystemClock, &SystemRandom), group, user, now: second(at) }
}

pub(crate) fn draft(conversation: ConversationId, sender: UserId, client_id: &str, text: &str) -> Draft {
    let content = Content::Text(MessageText::new(text).unwrap());
    let (client_id, mentions) = (ClientId::new(client_id).unwrap(), Mentions::default());
    Draft { conversation, sender, client_id, content, reply_to: None, mentions, now: second(4) }
}

/// Says something, under a `client_id` that is the text itself.
pub(crate) async fn say(
    store: &Repositories,
    conversation: ConversationId,
    sender: UserId,
    text: &str,
) -> Result<Appended, Error> {
    store.log.append(vec![draft(conversation, sender, text, text)]).await.pop().unwrap()
}

pub(crate) fn first_page() -> PageRequest {
    PageRequest::default()
}

/// All items of a list, read in pages of two: none is missing, none comes twice.
pub(crate) async fn in_pages<T, K: Eq + std::hash::Hash>(
    mut page: impl AsyncFnMut(PageRequest) -> Page<T>,
    key: impl Fn(&T) -> K,
) -> Vec<T> {
    let (mut items, mut cursor) = (Vec::new(), None);
    loop {
        let part = page(PageRequest { limit: Limit::new(2).unwrap(), cursor }).await;
        assert!(part.items.len() <= 2);
        items.extend(part.items);
        cursor = part.next;
        if cursor.is_none() {
            break;
        }
    }
    let distinct: HashSet<K> = items.iter().map(&key).collect();
    assert_eq!(distinct.len(), items.len(), "an item came twice");
    items
}

/// What the events tell, in words: a change with its rev, news with whose they are.
pub(crate) fn told(events: &[Event]) -> Vec<String> {
    events.iter().map(in_words).collect()
}

fn in_words(event: &Event) -> String {
    match event {
        Event::Conversation { rev, change, .. } => {
            let what = match change {
                Change::Message(message) if message.sender.is_none() => "notice",
                Change::Message(_) => "message",
                Change::MessageUpdated(_) => "message_updated",
                Change::Member(_) => "member",
                Change::MemberRemoved(_) => "member_removed",
                Change::Group(_) => "group",
                Change::Removed => "removed",
                Change::Noop => "noop",
            };
            format!("{} {what}", rev.0)
        }
        Event::Personal { rev, news, .. } => {
            let what = match news {
                News::FriendRequest(request) => request.status.as_str(),
                News::Friend(_) => "friend",
                News::FriendRemoved(_) => "friend_removed",
                News::ConversationAdded(_) => "added",
                News::ConversationRemoved { reason, .. } => reason.as_str(),
                News::Read { .. } => "read",
                News::Settings { .. } => "settings",
                News::SessionEnded(_) => "session_ended",
            };
            format!("#{} {what}", rev.0)
        }
        Event::Ephemeral { .. } => "signal".to_owned(),
    }
}

/// Whose personal events these are, in order.
pub(crate) fn concerned(events: &[Event]) -> Vec<UserId> {
    let user = |event: &Event| match event {
        Event::Personal { user, .. } => Some(*user),
        _ => None,
    };
    events.iter().filter_map(user).collect()
}
