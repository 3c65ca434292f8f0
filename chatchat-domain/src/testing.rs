//! What the tests of all capabilities share: the product on mocked ports, and a small vocabulary.
//!
//! A mocked port fails the test when it is asked for something that the test does not expect: a test that
//! nothing is told, stored or mailed therefore expects nothing of the bus, the store or the mailer.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};
use std::time::Duration;

use mockall::predicate::eq;

use crate::account::{
    Account, Bio, EmailAddress, MockAccountRepository, MockCodeStore, Password, PasswordHash, User, UserName,
};
use crate::admin::{MockAdminRepository, MockKeyKeeper};
use crate::attachment::MockAttachmentRepository;
use crate::conversation::{
    Body, ClientId, Content, Mentions, Message, MessageText, MockConversationRepository, MockMessageLog,
    MockMessageRepository, Rev, Seq,
};
use crate::event::{Change, Committed, Event, News, UserRev};
use crate::friend::MockFriendRepository;
use crate::group::MockGroupRepository;
use crate::identity::{
    IdentityProvider, MockIdentityProvider, MockIdentityRepository, MockLoginStore, ReturnPlaces,
};
use crate::outbox::{MockMailTransport, MockOutboxRepository};
use crate::ports::{
    AccessClaims, Clock, MockCache, MockEventBus, MockImageCodec, MockMailer, MockObjectStore,
    MockPasswordHasher, MockPresence, MockRateLimiter, MockTokenIssuer, PresenceOf, Random,
};
use crate::provider::{self, MockIdTokenIssuer, MockProviderRepository};
use crate::search::MockMessageIndex;
use crate::session::{Caller, Client, MockSessionRepository, SessionLifetimes};
use crate::trail::{MockTrailRepository, MockWitnesses};
use crate::{
    App, ConversationId, Error, GroupId, Ports, ServerSecret, SessionId, Settings, Timestamp, UserId,
};

/// The caller of every test.
pub(crate) const ANN: UserId = UserId::from_bytes([1; 16]);
/// Somebody else.
pub(crate) const BOB: UserId = UserId::from_bytes([2; 16]);
/// A third.
pub(crate) const EVE: UserId = UserId::from_bytes([3; 16]);
/// Ann's session.
pub(crate) const SESSION: SessionId = SessionId::from_bytes([4; 16]);
/// A group.
pub(crate) const GROUP: GroupId = GroupId::from_bytes([5; 16]);
/// A conversation.
pub(crate) const CHAT: ConversationId = ConversationId::from_bytes([6; 16]);
/// When every test begins.
pub(crate) const NOW: Timestamp = Timestamp::from_unix_micros(1_700_000_000_000_000);
/// How long tokens live.
pub(crate) const LIFETIMES: SessionLifetimes =
    SessionLifetimes { access: Duration::from_secs(900), refresh: Duration::from_secs(86_400) };

/// How long a sender may recall a message.
pub(crate) const RECALL_WITHIN: Duration = Duration::from_secs(120);

/// A clock that stands at [`NOW`] until it is moved.
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn forward(&self, span: Duration) {
        self.0.store(self.now().after(span).unix_micros(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_micros(self.0.load(Ordering::SeqCst))
    }
}

/// Fills with ones, then with twos, and so on.
struct Counting(AtomicU8);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.fetch_add(1, Ordering::SeqCst));
    }
}

/// Every port, still to be told what to expect.
pub(crate) struct Mocks {
    pub(crate) accounts: MockAccountRepository,
    pub(crate) codes: MockCodeStore,
    pub(crate) sessions: MockSessionRepository,
    pub(crate) identities: MockIdentityRepository,
    pub(crate) identity_providers: Vec<MockIdentityProvider>,
    pub(crate) logins: MockLoginStore,
    pub(crate) friends: MockFriendRepository,
    pub(crate) groups: MockGroupRepository,
    pub(crate) conversations: MockConversationRepository,
    pub(crate) log: MockMessageLog,
    pub(crate) messages: MockMessageRepository,
    pub(crate) attachments: MockAttachmentRepository,
    pub(crate) index: MockMessageIndex,
    pub(crate) trail: MockTrailRepository,
    pub(crate) witnesses: MockWitnesses,
    pub(crate) bus: MockEventBus,
    pub(crate) cache: MockCache,
    pub(crate) presence: MockPresence,
    pub(crate) mailer: MockMailer,
    pub(crate) outbox: MockOutboxRepository,
    pub(crate) admin: MockAdminRepository,
    pub(crate) keys: MockKeyKeeper,
    pub(crate) transport: MockMailTransport,
    pub(crate) objects: MockObjectStore,
    pub(crate) images: MockImageCodec,
    pub(crate) passwords: MockPasswordHasher,
    pub(crate) provider_passwords: MockPasswordHasher,
    pub(crate) tokens: MockTokenIssuer,
    pub(crate) provider: MockProviderRepository,
    pub(crate) id_tokens: MockIdTokenIssuer,
    pub(crate) limiter: MockRateLimiter,
    pub(crate) pacer: MockRateLimiter,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) max_group_members: u32,
    pub(crate) oauth_clients: Vec<provider::Client>,
}

impl Mocks {
    pub(crate) fn new() -> Self {
        Self {
            accounts: MockAccountRepository::new(),
            codes: MockCodeStore::new(),
            sessions: MockSessionRepository::new(),
            identities: MockIdentityRepository::new(),
            identity_providers: Vec::new(),
            logins: MockLoginStore::new(),
            friends: MockFriendRepository::new(),
            groups: MockGroupRepository::new(),
            conversations: MockConversationRepository::new(),
            log: MockMessageLog::new(),
            messages: MockMessageRepository::new(),
            attachments: MockAttachmentRepository::new(),
            index: MockMessageIndex::new(),
            trail: MockTrailRepository::new(),
            witnesses: MockWitnesses::new(),
            bus: MockEventBus::new(),
            cache: MockCache::new(),
            presence: MockPresence::new(),
            mailer: MockMailer::new(),
            outbox: MockOutboxRepository::new(),
            admin: MockAdminRepository::new(),
            keys: MockKeyKeeper::new(),
            transport: MockMailTransport::new(),
            objects: MockObjectStore::new(),
            images: MockImageCodec::new(),
            passwords: MockPasswordHasher::new(),
            provider_passwords: MockPasswordHasher::new(),
            tokens: MockTokenIssuer::new(),
            provider: MockProviderRepository::new(),
            id_tokens: MockIdTokenIssuer::new(),
            limiter: MockRateLimiter::new(),
            pacer: MockRateLimiter::new(),
            clock: Arc::new(TestClock(AtomicI64::new(NOW.unix_micros()))),
            max_group_members: 1000,
            oauth_clients: Vec::new(),
        }
    }

    /// The product on these ports. What they expect is checked when it is dropped.
    pub(crate) fn app(self) -> App {
        let ports = Ports {
            accounts: Arc::new(self.accounts),
            codes: Arc::new(self.codes),
            sessions: Arc::new(self.sessions),
            identities: Arc::new(self.identities),
            identity_providers: self.identity_providers.into_iter().map(shared).collect(),
            logins: Arc::new(self.logins),
            friends: Arc::new(self.friends),
            groups: Arc::new(self.groups),
            conversations: Arc::new(self.conversations),
            log: Arc::new(self.log),
            messages: Arc::new(self.messages),
            attachments: Arc::new(self.attachments),
            index: Arc::new(self.index),
            trail: Arc::new(self.trail),
            witnesses: Arc::new(self.witnesses),
            bus: Arc::new(self.bus),
            cache: Arc::new(self.cache),
            presence: Arc::new(self.presence),
            mailer: Arc::new(self.mailer),
            outbox: Arc::new(self.outbox),
            admin: Arc::new(self.admin),
            keys: Arc::new(self.keys),
            transport: Arc::new(self.transport),
            objects: Arc::new(self.objects),
            images: Arc::new(self.images),
            passwords: Arc::new(self.passwords),
            provider_passwords: Arc::new(self.provider_passwords),
            tokens: Arc::new(self.tokens),
            provider: Arc::new(self.provider),
            id_tokens: Arc::new(self.id_tokens),
            limiter: Arc::new(self.limiter),
            pacer: Arc::new(self.pacer),
            clock: self.clock,
            random: Arc::new(Counting(AtomicU8::new(1))),
        };
        let settings = Settings {
            secret: ServerSecret::new([7; 32]),
            lifetimes: LIFETIMES,
            max_group_members: self.max_group_members,
            recall_within: RECALL_WITHIN,
            oauth_clients: self.oauth_clients,
            return_places: ReturnPlaces::new("https://chat.example", Vec::new()),
        };
        App::new(ports, settings)
    }

    /// The world is told this, in one piece, and nothing else.
    pub(crate) fn tells(&mut self, events: Vec<Event>) {
        self.bus.expect_publish().with(eq(events)).once().return_const(());
    }

    /// Passwords are hashed as [`hash_of`] does.
    pub(crate) fn hashes(&mut self) {
        self.passwords.expect_hash().returning(|password| Ok(hash_of(&password)));
        self.provider_passwords.expect_hash().returning(|password| Ok(hash_of(&password)));
    }

    /// Access tokens are signed as [`signed`] does.
    pub(crate) fn signs(&mut self) {
        self.tokens.expect_issue().returning(|claims| Ok(signed(claims)));
    }

    /// This person is there, as their friends are to be told.
    pub(crate) fn is_online(&mut self, user: UserId) {
        self.presence.expect_of().withf(move |asked| asked == [user]).returning(|_| vec![online()]);
    }
}

fn shared(provider: MockIdentityProvider) -> Arc<dyn IdentityProvider> {
    Arc::new(provider)
}

pub(crate) fn caller() -> Caller {
    Caller { user: ANN, session: SESSION, issued_at: NOW, expires_at: NOW.after(LIFETIMES.access) }
}

pub(crate) fn client() -> Client {
    Client::new(Some("laptop"), "192.0.2.1".to_owned()).unwrap()
}

/// A person; Ann, Bob and Eve have their ids.
pub(crate) fn user(name: &str) -> User {
    let id = match name {
        "Ann" => ANN,
        "Bob" => BOB,
        _ => EVE,
    };
    User { id, name: UserName::new(name).unwrap(), avatar: None, bio: Bio::default() }
}

pub(crate) fn account(name: &str) -> Account {
    Account { user: user(name), email: Some(email(name)), has_password: true, created_at: NOW }
}

/// The address of somebody with this name.
pub(crate) fn email(name: &str) -> EmailAddress {
    EmailAddress::new(&format!("{name}@chat.example")).unwrap()
}

pub(crate) fn password(text: &str) -> Password {
    Password::new(text).unwrap()
}

pub(crate) fn hash_of(password: &Password) -> PasswordHash {
    PasswordHash::new(format!("hash of {}", password.expose()))
}

pub(crate) fn signed(claims: &AccessClaims) -> String {
    format!("{} {} {:?} {:?}", claims.user, claims.session, claims.issued_at, claims.expires_at)
}

pub(crate) fn online() -> PresenceOf {
    PresenceOf { online: true, last_seen_at: None }
}

/// What Ann writes in [`CHAT`].
pub(crate) fn message(text: &str) -> Message {
    Message {
        conversation: CHAT,
        seq: Seq(8),
        rev: Rev(9),
        sender: Some(ANN),
        client_id: Some(ClientId::new("a1").unwrap()),
        body: Body::Present { content: Content::Text(MessageText::new(text).unwrap()), edited_at: None },
        reply_to: None,
        mentions: Mentions::default(),
        reactions: Vec::new(),
        created_at: NOW,
    }
}

/// Something that a commit has brought about.
pub(crate) fn events() -> Vec<Event> {
    vec![
        Event::Conversation { conversation: CHAT, rev: Rev(9), change: Change::MemberRemoved(BOB) },
        Event::Personal { user: BOB, rev: UserRev(3), news: News::FriendRemoved(ANN) },
    ]
}

/// A commit that has brought [`events`] about.
pub(crate) fn committed<T>(value: T) -> Committed<T> {
    Committed { value, events: events() }
}

/// A dependency is away.
pub(crate) fn away() -> Error {
    Error::Unavailable("away".to_owned())
}
