//! What is SQLite's own: group commit, savepoints, opening, query plans. What the repositories promise is held
//! by the contract suites.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chatchat_domain::account::{EmailAddress, NewAccount, PasswordHash, ProfileChange, UserName};
use chatchat_domain::admin::{Action, Note, Operator, PeopleQuery};
use chatchat_domain::attachment::{Attached, Attachment, ContentType, FileName, NewAttachment};
use chatchat_domain::conversation::{
    ClientId, Content, Draft, Emoji, Mentions, MessageLog, MessageRepository, MessageText, Rev, Seq,
    SettingsChange, Window,
};
use chatchat_domain::friend::{Direction, NewFriendRequest, Note as Words};
use chatchat_domain::group::{
    Description, GroupChange, GroupName, History, JoinPolicy, MemberChange, NewGroup, NewJoinRequest, Role,
};
use chatchat_domain::identity::{Claims, ExternalSubject, Identity, IdentityRepository, ProviderId};
use chatchat_domain::outbox::Owed;
use chatchat_domain::page::{Limit, PageRequest};
use chatchat_domain::ports::ObjectKey;
use chatchat_domain::provider::{
    IssuedTokens, NewGrant, NewSubject, ProviderRepository, Renewal, Scope, Subject, TokenOwner, Username,
};
use chatchat_domain::search::{Block, MessageIndex, MessageQuery};
use chatchat_domain::session::{Client, NewSession};
use chatchat_domain::text::Query;
use chatchat_domain::{
    AttachmentId, AuditEntryId, ConversationId, FriendRequestId, GrantId, GroupId, JoinRequestId, Refusal,
    SessionId, SubjectId, Timestamp, UserId,
};
use diesel::QueryableByName;
use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use diesel::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::sql::fault::{Fault, is_duplicate};
use crate::sql::schema::user_terms;
use crate::sql::types::Id;

const NOW: Timestamp = Timestamp::from_unix_micros(1_700_000_000_000_000);

fn sqlite() -> (Sqlite, TempDir) {
    let folder = TempDir::new().unwrap();
    (Sqlite::open(&folder.path().join("made/on the way/chat.db")).unwrap(), folder)
}

fn user(n: u8) -> UserId {
    UserId::from_bytes([n; 16])
}

async fn register(repositories: &Repositories, n: u8) -> UserId {
    let account = NewAccount {
        id: user(n),
        email: EmailAddress::new(&format!("user{n}@example.com")).unwrap(),
        name: UserName::new(&format!("User {n}")).unwrap(),
        password: Some(PasswordHash::new("hash".to_owned())),
        created_at: NOW,
    };
    let session = NewSession {
        id: SessionId::from_bytes([n; 16]),
        user: user(n),
        client: Client::default(),
        refresh_hash: [n; 32],
        created_at: NOW,
        expires_at: NOW.after(Duration::from_secs(60)),
    };
    repositories.accounts.create(account, session).await.unwrap().user.id
}

async fn befriend(repositories: &Repositories, one: UserId, other: UserId) -> ConversationId {
    for (from, to) in [(one, other), (other, one)] {
        let id = FriendRequestId::from_bytes(*from.as_bytes());
        let request = NewFriendRequest { id, from, to, note: Words::default(), now: NOW };
        let _ = repositories.friends.ask(request).await.unwrap();
    }
    ConversationId::direct(one, other)
}

fn draft(conversation: ConversationId, sender: UserId, client_id: &str) -> Draft {
    let content = Content::Text(MessageText::new(&"x".repeat(100)).unwrap());
    let (client_id, mentions) = (ClientId::new(client_id).unwrap(), Mentions::default());
    Draft { conversation, sender, client_id, content, reply_to: None, mentions, now: NOW }
}

/// Keeps the writer busy for a while, so that what comes next gathers in one batch.
async fn hold_the_writer(db: &Database) {
    let work: Work<(), ()> = |_, ()| {
        Box::pin(async {
            std::thread::sleep(Duration::from_millis(200));
            Ok(())
        })
    };
    let db = db.clone();
    tokio::spawn(async move { db.write("test", (), work).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
}

async fn insert_term(db: &Database, term: &'static str, user: UserId) -> Result<(), Error> {
    db.write("test", (term, user), |conn, (term, user)| {
        Box::pin(async move {
            let row = (user_terms::term.eq(term), user_terms::user_id.eq(Id::from(*user)));
            diesel_async::RunQueryDsl::execute(diesel::insert_into(user_terms::table).values(row), conn)
                .await?;
            if *term == "refused" { Err(Refusal::Forbidden.into()) } else { Ok(()) }
        })
    })
    .await
}

async fn terms(db: &Database) -> Vec<String> {
    db.read("test", (), |conn, ()| {
        Box::pin(async move {
            let terms = user_terms::table.filter(user_terms::term.like("_____%")).select(user_terms::term);
            Ok(diesel_async::RunQueryDsl::load(terms.order(user_terms::term), conn).await?)
        })
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn a_refused_job_leaves_no_trace_beside_others_of_its_batch() {
    let (sqlite, _folder) = sqlite();
    let ann = register(&sqlite.repositories(), 1).await;
    let db = &sqlite.db;
    hold_the_writer(&sqlite.db).await;
    let (one, refused, other) = tokio::join!(
        insert_term(db, "first", ann),
        insert_term(db, "refused", ann),
        insert_term(db, "second", ann),
    );
    assert_eq!((one, refused, other), (Ok(()), Err(Refusal::Forbidden.into()), Ok(())));
    assert_eq!(terms(db).await, ["first", "second"]);
}

#[tokio::test]
async fn a_panic_is_the_end_of_its_job_alone() {
    let (sqlite, _folder) = sqlite();
    let ann = register(&sqlite.repositories(), 1).await;
    let db = &sqlite.db;
    let panics: Work<(), ()> = |_, ()| Box::pin(async { panic!("a defect") });
    hold_the_writer(&sqlite.db).await;
    let (before, panicked, after) = tokio::join!(
        insert_term(db, "first", ann),
        db.write("test", (), panics),
        insert_term(db, "second", ann),
    );
    assert_eq!((before, after), (Ok(()), Ok(())));
    assert!(matches!(panicked, Err(Error::Internal(_))));
    assert!(matches!(db.read("test", (), panics).await, Err(Error::Internal(_))));
    assert_eq!(terms(db).await, ["first", "second"]);
}

#[tokio::test]
async fn a_batch_that_is_not_committed_answers_nobody_that_it_was() {
    let (sqlite, _folder) = sqlite();
    let repositories = sqlite.repositories();
    let (ann, bob) = (register(&repositories, 1).await, register(&repositories, 2).await);
    let conversation = befriend(&repositories, ann, bob).await;
    let db = &sqlite.db;
    let breaks_the_commit: Work<(), ()> = |conn, ()| {
        Box::pin(async move {
            execute(conn, "PRAGMA defer_foreign_keys = ON")?;
            execute(conn, "INSERT INTO user_terms VALUES ('nobody', zeroblob(16))")?;
            Ok(())
        })
    };
    hold_the_writer(&sqlite.db).await;
    let (one, broken, sent) = tokio::join!(
        insert_term(db, "first", ann),
        db.write("test", (), breaks_the_commit),
        repositories.log.append(vec![draft(conversation, ann, "1"), draft(conversation, bob, "1")]),
    );
    assert!(matches!((one, broken), (Err(Error::Unavailable(_)), Err(Error::Unavailable(_)))));
    assert!(matches!(sent.as_slice(), [Err(Error::Unavailable(_)), Err(Error::Unavailable(_))]));
    assert!(terms(db).await.is_empty());
    let again = repositories.log.append(vec![draft(conversation, ann, "1")]).await.remove(0).unwrap();
    assert_eq!((again.message.seq, again.fresh), (Seq(1), true));
}

#[tokio::test]
async fn the_appends_of_a_batch_come_before_its_other_jobs_and_stay_when_one_of_those_is_refused() {
    let (sqlite, _folder) = sqlite();
    let repositories = sqlite.repositories();
    let (ann, bob) = (register(&repositories, 1).await, register(&repositories, 2).await);
    let conversation = befriend(&repositories, ann, bob).await;
    hold_the_writer(&sqlite.db).await;
    let (before, ended, refused, after) = tokio::join!(
        repositories.log.append(vec![draft(conversation, ann, "1")]),
        repositories.friends.unfriend(bob, ann),
        insert_term(&sqlite.db, "refused", ann),
        repositories.log.append(vec![draft(conversation, ann, "2"), draft(conversation, ann, "1")]),
    );
    assert!(before[0].as_ref().is_ok_and(|appended| appended.fresh));
    assert_eq!((ended.is_ok(), refused), (true, Err(Refusal::Forbidden.into())));
    assert!(after[0].as_ref().is_ok_and(|appended| appended.fresh));
    assert!(after[1].as_ref().is_ok_and(|appended| !appended.fresh));
    let late = repositories.log.append(vec![draft(conversation, ann, "3")]).await.remove(0);
    assert_eq!(late, Err(Refusal::NotFriends.into()));
}

#[test]
fn of_many_who_open_at_once_one_migrates() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("chat.db");
    std::thread::scope(|scope| {
        let opened: Vec<_> = (0..8).map(|_| scope.spawn(|| Sqlite::open(&path).map(drop))).collect();
        opened.into_iter().for_each(|opened| opened.join().unwrap().unwrap());
    });
}

#[tokio::test]
async fn the_threads_end_with_the_last_repository() {
    let (sqlite, folder) = sqlite();
    let repositories = sqlite.repositories();
    register(&repositories, 1).await;
    drop(sqlite);
    assert!(repositories.accounts.account(user(1)).await.is_ok());
    drop(repositories);
    // SQLite removes the log when the last connection is closed.
    assert!(!folder.path().join("made/on the way/chat.db-wal").exists());
}

#[test]
fn what_cannot_be_opened_says_why() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("no database");
    std::fs::write(&path, "a letter to a friend, of more than a hundred bytes".repeat(10)).unwrap();
    assert!(matches!(Sqlite::open(&path).err(), Some(OpenError::Configure { .. })));
    assert!(matches!(Sqlite::open(&path.join("chat.db")).err(), Some(OpenError::File { .. })));
}

#[tokio::test]
async fn constraints_are_told_apart() {
    let (sqlite, _folder) = sqlite();
    register(&sqlite.repositories(), 1).await;
    let work: Work<(), (bool, bool, bool)> = |conn, ()| {
        Box::pin(async move {
            let mut fails = |sql: &'static str| {
                let failed = run(conn
                    .spawn_blocking(move |conn| {
                        Ok(diesel::RunQueryDsl::execute(diesel::sql_query(sql), conn))
                    })
                    .map(|outcome| Ok(outcome?)));
                is_duplicate(&failed.unwrap().unwrap_err())
            };
            Ok((
                fails("INSERT INTO user_terms SELECT * FROM user_terms"),
                fails("INSERT INTO user_terms VALUES ('t', zeroblob(16))"),
                fails("INSERT INTO user_terms VALUES (NULL, zeroblob(16))"),
            ))
        })
    };
    assert_eq!(sqlite.db.write("test", (), work).await, Ok((true, false, false)));
}

#[test]
fn what_passes_is_unavailable_and_what_does_not_is_internal() {
    let sql = |text: &str| {
        let kind = diesel::result::DatabaseErrorKind::Unknown;
        dialect::error(Fault::Sql(diesel::result::Error::DatabaseError(kind, Box::new(text.to_owned()))))
    };
    assert!(matches!(sql("database is locked"), Error::Unavailable(_)));
    assert!(matches!(sql("database or disk is full"), Error::Unavailable(_)));
    assert!(matches!(sql("no such table: users"), Error::Internal(_)));
}

static QUERIES: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

struct Recorder;

impl Instrumentation for Recorder {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let query = query.to_string();
            let query = query.split("-- binds").next().unwrap_or_default().trim().to_owned();
            if ["SELECT", "UPDATE", "DELETE"].iter().any(|verb| query.starts_with(verb)) {
                QUERIES.lock().unwrap().insert(query);
            }
        }
    }
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = diesel::sql_types::Text)]
    detail: String,
}

/// Every query of every test that runs after the recorder is set, but at least those of this one.
#[tokio::test]
async fn no_query_scans_a_table() {
    set_default_instrumentation(|| Some(Box::new(Recorder))).unwrap();
    let (sqlite, folder) = sqlite();
    use_everything(&sqlite.repositories()).await;

    let mut conn =
        SqliteConnection::establish(folder.path().join("made/on the way/chat.db").to_str().unwrap()).unwrap();
    let queries = QUERIES.lock().unwrap().clone();
    assert!(queries.len() > 40, "{} queries", queries.len());
    for query in queries.iter().filter(|query| query.contains("FROM") || query.contains("WHERE")) {
        if query.contains("__diesel_schema_migrations") || query.contains("sqlite_master") {
            continue;
        }
        let explain = diesel::sql_query(format!("EXPLAIN QUERY PLAN {query}"));
        let plan: Vec<Step> = diesel::RunQueryDsl::load(explain, &mut conn).unwrap();
        for step in plan {
            assert!(!step.detail.starts_with("SCAN "), "{} in {query}", step.detail);
        }
    }
}

async fn use_everything(repositories: &Repositories) {
    let Repositories {
        accounts,
        sessions,
        identities,
        friends,
        groups,
        conversations,
        log,
        messages,
        attachments: _,
        index,
        outbox,
        admin: _,
        trail: _,
        provider,
    } = repositories;
    let (ann, bob) = (register(repositories, 1).await, register(repositories, 2).await);
    let direct = befriend(repositories, ann, bob).await;
    let page = PageRequest::default;
    let new = NewGroup {
        id: GroupId::from_bytes([9; 16]),
        owner: ann,
        name: GroupName::new("上海").unwrap(),
        description: Description::default(),
        join_policy: JoinPolicy::Open,
        history: History::SinceJoin,
        members: Vec::new(),
        now: NOW,
    };
    let id = new.id;
    let _ = groups.create(new).await.unwrap();
    let wish = NewJoinRequest { id: JoinRequestId::from_bytes([1; 16]), group: id, user: bob, now: NOW };
    let _ = groups.join(wish, 10).await.unwrap();
    ask_to_be_let_in(repositories, id, ann, wish).await;
    let _ = log.append(vec![draft(direct, ann, "1"), draft(id.conversation(), bob, "1")]).await;
    let _ = log.append(vec![draft(direct, ann, "1")]).await;
    let mentions = Mentions::new([ann]).unwrap();
    let answer = Draft { mentions, reply_to: Some(Seq(1)), ..draft(direct, bob, "2") };
    let _ = log.append(vec![answer]).await.pop().unwrap().unwrap();
    change_messages(&**messages, direct, bob).await;
    send_a_file(repositories, direct, ann, bob).await;
    find_messages(&**index, log, direct, ann).await;
    let settings = SettingsChange { muted: Some(true), pinned: Some(true) };
    let _ = conversations.change_settings(ann, direct, settings).await.unwrap();
    conversations.check_seen(ann, direct).await.unwrap();
    let query = Query::new("us").unwrap();
    let _ = accounts.search(&query, EmailAddress::new("user1@example.com").ok(), page()).await.unwrap();
    let _ = accounts.credentials(&EmailAddress::new("user1@example.com").unwrap()).await.unwrap();
    let _ = accounts.credentials_of(ann).await.unwrap();
    let _ = sessions.list(ann, NOW, page()).await.unwrap();
    let _ = sessions.last_seen(SessionId::from_bytes([1; 16]), NOW).await.unwrap();
    let _ = friends.pending(ann, Direction::Incoming, page()).await.unwrap();
    let _ = friends.pending(ann, Direction::Outgoing, page()).await.unwrap();
    let _ = friends.friends(ann, page()).await.unwrap();
    let _ = friends.friend_ids(ann).await.unwrap();
    let _ = groups.search(ann, &Query::new("上").unwrap(), page()).await.unwrap();
    let _ = groups.of_member(ann, page()).await.unwrap();
    let _ = groups.members(ann, id, page()).await.unwrap();
    let _ = conversations.list(ann, page()).await.unwrap();
    let _ = conversations.find(ann, direct).await.unwrap();
    let _ = conversations.snapshot(ann).await.unwrap();
    for window in [Window::Newest, Window::Before(Seq(9)), Window::After(Seq(0))] {
        let _ = conversations.history(ann, direct, window, Limit::MAX).await.unwrap();
    }
    let _ = conversations.changes(bob, id.conversation(), Rev(0), Limit::MAX, 1000).await.unwrap();
    let _ = conversations.stream(id.conversation(), Rev(0), 1000).await.unwrap();
    let _ = conversations.advance_read(bob, direct, Seq(1)).await.unwrap();
    let _ = conversations.read_cursors(ann, direct).await.unwrap();
    let _ = conversations.revs(&[direct, id.conversation()]).await.unwrap();
    let _ = groups.transfer(ann, id, bob, NOW).await.unwrap();
    let _ = groups.kick(bob, id, ann, NOW).await.unwrap();
    let _ = groups.delete(bob, id, NOW).await.unwrap();
    assert!(!groups.erase(id, NOW).await.unwrap());
    let _ = accounts.set_password(ann, PasswordHash::new("new".to_owned()), None, NOW).await.unwrap();
    let _ = friends.unfriend(ann, bob).await.unwrap();
    for digit in ["a", "b"] {
        let key: ObjectKey = format!("avatars/{}", digit.repeat(32)).parse().unwrap();
        outbox.owe(Owed::removal_unless_used(key.clone(), NOW)).await.unwrap();
        let change = ProfileChange { avatar: Some(Some(key)), ..ProfileChange::default() };
        let _ = accounts.change_profile(ann, change, NOW).await.unwrap();
    }
    for claimed in outbox.claim(NOW, NOW, 10).await.unwrap() {
        outbox.postpone(&claimed, NOW, "reason").await.unwrap();
        outbox.bury(&claimed, "reason", NOW).await.unwrap();
        outbox.settle(claimed.id).await.unwrap();
    }
    use_the_third_party(&**provider).await;
    bind(&**identities, ann).await;
    let _ = sessions.sweep(NOW, 10).await.unwrap();
    administrate(repositories, ann, bob).await;
}

fn note(n: u8) -> Note {
    let operator = Operator::new("olga").unwrap();
    Note { id: AuditEntryId::from_bytes([n; 16]), at: NOW, operator, action: Action::RotateKeys }
}

async fn administrate(repositories: &Repositories, ann: UserId, bob: UserId) {
    let Repositories { admin, groups, outbox, .. } = repositories;
    let page = PageRequest::default;
    let people = PeopleQuery::new("user1@example.com").unwrap();
    for query in [None, people] {
        let _ = admin.people(query, page()).await.unwrap();
    }
    let _ = admin.suspend(ann, note(1)).await.unwrap();
    admin.reinstate(ann, note(2)).await.unwrap();
    let _ = admin.end_sessions(bob, note(3)).await.unwrap();
    let new = NewGroup {
        id: GroupId::from_bytes([8; 16]),
        owner: ann,
        name: GroupName::new("Hikers").unwrap(),
        description: Description::default(),
        join_policy: JoinPolicy::Invite,
        history: History::All,
        members: Vec::new(),
        now: NOW,
    };
    let id = groups.create(new).await.unwrap().value.group.id;
    for query in [None, Query::new("hik").ok()] {
        assert_eq!(admin.groups(query, page()).await.unwrap().items.len(), 1);
    }
    let _ = admin.transfer_group(id, ann, note(4)).await.unwrap();
    let _ = admin.delete_group(id, note(5)).await.unwrap();
    let work = Owed::departure(bob, NOW);
    outbox.owe(work.clone()).await.unwrap();
    let _ = admin.work(false, page()).await.unwrap();
    admin.retry(work.id, note(6)).await.unwrap();
    let _ = admin.audit(page()).await.unwrap();
}

#[tokio::test]
async fn nothing_in_the_audit_log_is_changed_or_forgotten() {
    let (sqlite, folder) = sqlite();
    let admin = sqlite.repositories().admin;
    admin.note(note(1)).await.unwrap();
    let path = folder.path().join("made/on the way/chat.db");
    let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    for change in ["UPDATE audit SET operator = 'eve'", "DELETE FROM audit"] {
        let change = format!("{change} WHERE id = x'{}'", "01".repeat(16));
        let refused = diesel::RunQueryDsl::execute(diesel::sql_query(change), &mut conn).unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{refused}");
    }
    assert_eq!(admin.audit(PageRequest::default()).await.unwrap().items[0].operator.as_str(), "olga");
}

async fn ask_to_be_let_in(repositories: &Repositories, group: GroupId, ann: UserId, wish: NewJoinRequest) {
    let Repositories { groups, friends, .. } = repositories;
    let join_policy = Some(JoinPolicy::Approval);
    let change = GroupChange { join_policy, ..GroupChange::default() };
    let _ = groups.change(ann, group, change, NOW).await.unwrap();
    let cem = register(repositories, 3).await;
    let wish = NewJoinRequest { user: cem, ..wish };
    let _ = groups.join(wish, 10).await.unwrap();
    let _ = groups.leave(cem, group, NOW).await.unwrap();
    let wish = NewJoinRequest { id: JoinRequestId::from_bytes([2; 16]), ..wish };
    let _ = groups.join(wish, 10).await.unwrap();
    let _ = groups.join_requests(ann, group, PageRequest::default()).await.unwrap();
    let _ = groups.answer_join_request(ann, (group, wish.id), true, 10, NOW).await.unwrap();
    let change = MemberChange { role: Some(Role::Admin), muted_until: Some(None) };
    let _ = groups.change_member(ann, group, cem, change, NOW).await.unwrap();
    let _ = friends.block(ann, cem, NOW).await.unwrap();
    let _ = friends.blocks(ann, PageRequest::default()).await.unwrap();
    let _ = friends.unblock(ann, cem).await.unwrap();
}

async fn send_a_file(repositories: &Repositories, direct: ConversationId, ann: UserId, bob: UserId) {
    let Repositories { attachments, log, messages, .. } = repositories;
    let attached = Attached {
        id: AttachmentId::from_bytes([1; 16]),
        name: FileName::new("notes.txt").unwrap(),
        size: 1,
        content_type: ContentType::unknown(),
        dimensions: None,
    };
    let object = format!("attachments/{}", "c".repeat(32)).parse().unwrap();
    let attachment = Attachment { attached: attached.clone(), object, thumbnail: None };
    attachments.create(NewAttachment { attachment, uploader: ann, now: NOW }).await.unwrap();
    let content = Content::Attachment(attached.clone());
    let sent =
        log.append(vec![Draft { content, ..draft(direct, ann, "file") }]).await.pop().unwrap().unwrap();
    attachments.find(bob, attached.id).await.unwrap();
    attachments.remove_unused(attached.id, NOW).await.unwrap();
    let _ = messages.recall(ann, direct, sent.message.seq, Duration::from_secs(1), NOW).await.unwrap();
    attachments.remove_unused(attached.id, NOW).await.unwrap();
}

async fn find_messages(
    index: &dyn MessageIndex,
    log: &Arc<dyn MessageLog>,
    direct: ConversationId,
    ann: UserId,
) {
    let many = (0..Block::MESSAGES).map(|number| draft(direct, ann, &format!("m{number}"))).collect();
    drop(log.append(many).await);
    for only in [None, Some(direct)] {
        let query = MessageQuery::new("xx").unwrap();
        let limit = Limit::new(2).unwrap();
        let found =
            index.search(ann, only, query.clone(), PageRequest { limit, cursor: None }).await.unwrap();
        let rest = PageRequest { limit: Limit::MAX, cursor: found.page.next };
        drop(index.search(ann, only, query, rest).await.unwrap());
    }
    index.sign(direct, Block(0)).await.unwrap();
}

async fn change_messages(messages: &dyn MessageRepository, direct: ConversationId, bob: UserId) {
    let (seq, emoji) = (Seq(2), Emoji::new("👍").unwrap());
    let _ = messages.edit(bob, direct, seq, MessageText::new("two").unwrap(), NOW).await.unwrap();
    let _ = messages.react(bob, direct, seq, emoji.clone(), NOW).await.unwrap();
    let _ = messages.unreact(bob, direct, seq, emoji).await.unwrap();
    let _ = messages.recall(bob, direct, seq, Duration::from_secs(1), NOW).await.unwrap();
}

async fn bind(identities: &dyn IdentityRepository, ann: UserId) {
    let provider = ProviderId::new("acme").unwrap();
    let subject = ExternalSubject::new("7").unwrap();
    let claims = Claims { subject, name: None, email: None };
    let identity = Identity { provider: provider.clone(), claims, bound_at: NOW };
    identities.bind(ann, identity.clone(), None).await.unwrap();
    identities.owner(&identity.key()).await.unwrap();
    identities.list(ann).await.unwrap();
    identities.unbind(ann, provider, Vec::new()).await.unwrap();
}

async fn use_the_third_party(provider: &dyn ProviderRepository) {
    let id = SubjectId::from_bytes([1; 16]);
    let username = Username::new("ann").unwrap();
    let subject =
        Subject { id, username: username.clone(), name: UserName::new("Ann").unwrap(), email: None };
    let password = PasswordHash::new("hash".to_owned());
    provider.create(NewSubject { subject, password, created_at: NOW }).await.unwrap();
    provider.credentials(&username).await.unwrap();
    provider.subject(id).await.unwrap();
    let grant = GrantId::from_bytes([2; 16]);
    let tokens = |number| IssuedTokens {
        access_hash: [number; 32],
        access_expires_at: NOW,
        refresh_hash: Some([number; 32]),
        expires_at: NOW.after(Duration::from_secs(1)),
    };
    let owner = TokenOwner {
        subject: id,
        client: "acme".to_owned(),
        scope: Scope::default(),
        nonce: None,
        authenticated_at: NOW,
    };
    let new =
        NewGrant { id: grant, owner, code: None, tokens: Some(tokens(1)), created_at: NOW, expires_at: NOW };
    provider.grant(new).await.unwrap();
    provider.access([1; 32], NOW).await.unwrap();
    let renewal =
        Renewal { grant, client: "acme".to_owned(), presented: [1; 32], tokens: tokens(2), now: NOW };
    provider.renew(renewal).await.unwrap();
    provider.refresh(grant, [2; 32], NOW).await.unwrap();
    provider.end(grant, "acme").await.unwrap();
}
