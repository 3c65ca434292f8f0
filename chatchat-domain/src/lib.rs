//! The rules of chatchat, and nothing else: no I/O, no SQL, no HTTP, no runtime.
//!
//! [`App`] is the only door. It is built from [`Ports`], the things that the rules need from outside, and holds
//! one service for each capability; each public method of a service is one use case.
//!
//! | capability | what it is about |
//! | --- | --- |
//! | [`account`] | people: registration by e-mail code, profiles, passwords |
//! | [`session`] | log-ins: access and refresh tokens, who calls |
//! | [`identity`] | log-in with an account elsewhere, and what it is bound to |
//! | [`friend`] | friend requests and friendships |
//! | [`group`] | groups, their members, and who may do what |
//! | [`conversation`] | messages, history, changes, read cursors |
//! | [`attachment`] | images and files |
//! | [`search`] | messages by what they say |
//! | [`provider`] | the third party that the service ships, an OAuth 2.0 authorization server |
//! | [`admin`] | what operators see and do, and the log of it |
//! | [`outbox`] | what is owed after a commit; whoever runs the product works it off |
//! | [`trail`] | what became of a message, for whoever runs the product |
//!
//! What the world is told after a commit is an [`event::Event`]; why something was not done is an [`Error`].
//! `examples/embedded.rs` chats inside another program.

pub mod account;
pub mod admin;
pub mod attachment;
pub mod conversation;
mod error;
pub mod event;
pub mod friend;
pub mod group;
mod id;
pub mod identity;
pub mod outbox;
pub mod page;
pub mod ports;
pub mod provider;
pub mod search;
mod secret;
pub mod session;
#[cfg(test)]
mod testing;
pub mod text;
mod time;
pub mod trail;

use std::sync::Arc;
use std::time::Duration;

pub use error::{Error, Exceeded, Refusal, Violation};
pub use id::{
    AttachmentId, AuditEntryId, ConversationId, FriendRequestId, GrantId, GroupId, JoinRequestId, SessionId,
    SubjectId, UserId, WorkId,
};
pub use secret::ServerSecret;
pub use time::Timestamp;

use account::{AccountRepository, AccountService, CodeStore, Departure};
use admin::{AdminRepository, AdminService, KeyKeeper};
use attachment::{AttachmentRepository, AttachmentService};
use conversation::{ConversationRepository, ConversationService, MessageLog, MessageRepository};
use friend::{FriendRepository, FriendService};
use group::{GroupRepository, GroupService};
use identity::{IdentityProvider, IdentityRepository, IdentityService, LoginStore, ReturnPlaces};
use outbox::{MailTransport, OutboxRepository, OutboxService};
use ports::{
    Cache, Clock, EventBus, ImageCodec, Mailer, ObjectStore, PasswordHasher, Presence, Random, RateLimiter,
    TokenIssuer,
};
use provider::{Client as OauthClient, IdTokenIssuer, ProviderRepository, ProviderService};
use search::{MessageIndex, SearchService};
use session::{SessionLifetimes, SessionRepository, SessionService};
use trail::{TrailRepository, TrailService, Witnesses};

/// All that the rules need from outside.
#[derive(Clone)]
#[allow(missing_docs, reason = "each port documents itself")]
pub struct Ports {
    pub accounts: Arc<dyn AccountRepository>,
    pub codes: Arc<dyn CodeStore>,
    pub sessions: Arc<dyn SessionRepository>,
    pub identities: Arc<dyn IdentityRepository>,
    pub identity_providers: Vec<Arc<dyn IdentityProvider>>,
    pub logins: Arc<dyn LoginStore>,
    pub friends: Arc<dyn FriendRepository>,
    pub groups: Arc<dyn GroupRepository>,
    pub conversations: Arc<dyn ConversationRepository>,
    pub log: Arc<dyn MessageLog>,
    pub messages: Arc<dyn MessageRepository>,
    pub attachments: Arc<dyn AttachmentRepository>,
    pub index: Arc<dyn MessageIndex>,
    pub trail: Arc<dyn TrailRepository>,
    pub witnesses: Arc<dyn Witnesses>,
    pub bus: Arc<dyn EventBus>,
    pub cache: Arc<dyn Cache>,
    pub presence: Arc<dyn Presence>,
    pub mailer: Arc<dyn Mailer>,
    pub outbox: Arc<dyn OutboxRepository>,
    pub admin: Arc<dyn AdminRepository>,
    pub keys: Arc<dyn KeyKeeper>,
    pub transport: Arc<dyn MailTransport>,
    pub objects: Arc<dyn ObjectStore>,
    pub images: Arc<dyn ImageCodec>,
    pub passwords: Arc<dyn PasswordHasher>,
    /// For the third party's accounts: who keeps this one busy must not keep the product's people waiting.
    pub provider_passwords: Arc<dyn PasswordHasher>,
    pub tokens: Arc<dyn TokenIssuer>,
    pub provider: Arc<dyn ProviderRepository>,
    pub id_tokens: Arc<dyn IdTokenIssuer>,
    /// Against abuse; may let everything pass.
    pub limiter: Arc<dyn RateLimiter>,
    /// For what is passed on only so often; must count.
    pub pacer: Arc<dyn RateLimiter>,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
}

/// What the rules leave to whoever runs the product.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Known to this service alone, the same on all its nodes.
    pub secret: ServerSecret,
    /// How long tokens live.
    pub lifetimes: SessionLifetimes,
    /// How many people may be in a group.
    pub max_group_members: u32,
    /// How long a sender may recall a message.
    pub recall_within: Duration,
    /// The clients of the third party that the service ships; none, and there is no such third party.
    pub oauth_clients: Vec<OauthClient>,
    /// Where browsers may be sent that come back from a third party.
    pub return_places: ReturnPlaces,
}

/// The product: all use cases.
pub struct App {
    accounts: Arc<AccountService>,
    sessions: Arc<SessionService>,
    identities: IdentityService,
    friends: FriendService,
    groups: GroupService,
    conversations: ConversationService,
    attachments: AttachmentService,
    search: SearchService,
    trail: TrailService,
    admin: AdminService,
    outbox: OutboxService,
    provider: Option<ProviderService>,
    clock: Arc<dyn Clock>,
}

impl App {
    /// The product on these ports.
    pub fn new(ports: Ports, settings: Settings) -> Self {
        let sessions = Arc::new(SessionService {
            sessions: Arc::clone(&ports.sessions),
            accounts: Arc::clone(&ports.accounts),
            passwords: Arc::clone(&ports.passwords),
            tokens: ports.tokens,
            cache: Arc::clone(&ports.cache),
            bus: Arc::clone(&ports.bus),
            clock: Arc::clone(&ports.clock),
            random: Arc::clone(&ports.random),
            secret: settings.secret.clone(),
            lifetimes: settings.lifetimes,
        });
        let provider = ProviderService {
            clients: settings.oauth_clients,
            store: ports.provider,
            id_tokens: ports.id_tokens,
            passwords: ports.provider_passwords,
            limiter: Arc::clone(&ports.limiter),
            clock: Arc::clone(&ports.clock),
            random: Arc::clone(&ports.random),
        };
        let accounts = Arc::new(AccountService {
            accounts: Arc::clone(&ports.accounts),
            codes: ports.codes,
            sessions: Arc::clone(&sessions),
            passwords: ports.passwords,
            mailer: ports.mailer,
            images: Arc::clone(&ports.images),
            objects: Arc::clone(&ports.objects),
            outbox: Arc::clone(&ports.outbox),
            cache: Arc::clone(&ports.cache),
            bus: Arc::clone(&ports.bus),
            limiter: ports.limiter,
            clock: Arc::clone(&ports.clock),
            random: Arc::clone(&ports.random),
            secret: settings.secret.clone(),
        });
        let departure = Departure {
            friends: Arc::clone(&ports.friends),
            groups: Arc::clone(&ports.groups),
            bus: Arc::clone(&ports.bus),
            clock: Arc::clone(&ports.clock),
        };
        let identities = IdentityService {
            providers: ports.identity_providers,
            identities: ports.identities,
            logins: ports.logins,
            accounts: Arc::clone(&accounts),
            sessions: Arc::clone(&sessions),
            cache: ports.cache,
            clock: Arc::clone(&ports.clock),
            random: Arc::clone(&ports.random),
            secret: settings.secret,
            places: settings.return_places,
        };
        let admin = AdminService {
            admin: ports.admin,
            accounts: Arc::clone(&accounts),
            sessions: Arc::clone(&sessions),
            living: ports.sessions,
            keys: ports.keys,
            bus: Arc::clone(&ports.bus),
            clock: Arc::clone(&ports.clock),
            random: Arc::clone(&ports.random),
            token_lifetime: settings.lifetimes.access,
        };
        Self {
            admin,
            identities,
            accounts,
            provider: (!provider.clients.is_empty()).then_some(provider),
            sessions,
            friends: FriendService {
                friends: ports.friends,
                accounts: ports.accounts,
                presence: ports.presence,
                bus: Arc::clone(&ports.bus),
                clock: Arc::clone(&ports.clock),
                random: Arc::clone(&ports.random),
            },
            groups: GroupService {
                groups: Arc::clone(&ports.groups),
                images: Arc::clone(&ports.images),
                objects: Arc::clone(&ports.objects),
                outbox: Arc::clone(&ports.outbox),
                bus: Arc::clone(&ports.bus),
                clock: Arc::clone(&ports.clock),
                random: Arc::clone(&ports.random),
                max_members: settings.max_group_members,
            },
            conversations: ConversationService {
                conversations: ports.conversations,
                log: ports.log,
                messages: ports.messages,
                attachments: Arc::clone(&ports.attachments),
                bus: ports.bus,
                typing: ports.pacer,
                clock: Arc::clone(&ports.clock),
                recall_within: settings.recall_within,
            },
            attachments: AttachmentService {
                attachments: Arc::clone(&ports.attachments),
                images: ports.images,
                objects: Arc::clone(&ports.objects),
                outbox: Arc::clone(&ports.outbox),
                clock: Arc::clone(&ports.clock),
                random: Arc::clone(&ports.random),
            },
            search: SearchService { index: ports.index },
            trail: TrailService { store: ports.trail, witnesses: ports.witnesses },
            outbox: OutboxService {
                outbox: ports.outbox,
                transport: ports.transport,
                objects: ports.objects,
                attachments: ports.attachments,
                departure,
                groups: ports.groups,
                clock: Arc::clone(&ports.clock),
                random: ports.random,
            },
            clock: ports.clock,
        }
    }

    /// The moment by the product's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// People: registration, profiles, passwords.
    pub fn accounts(&self) -> &AccountService {
        &self.accounts
    }

    /// Log-ins, and who calls.
    pub fn sessions(&self) -> &SessionService {
        &self.sessions
    }

    /// Log-in with an account elsewhere.
    pub const fn identities(&self) -> &IdentityService {
        &self.identities
    }

    /// Friend requests and friendships.
    pub fn friends(&self) -> &FriendService {
        &self.friends
    }

    /// Groups and their members.
    pub fn groups(&self) -> &GroupService {
        &self.groups
    }

    /// Messages, history, changes, read cursors.
    pub fn conversations(&self) -> &ConversationService {
        &self.conversations
    }

    /// Images and files.
    pub const fn attachments(&self) -> &AttachmentService {
        &self.attachments
    }

    /// Messages by what they say.
    pub const fn search(&self) -> &SearchService {
        &self.search
    }

    /// What became of messages.
    pub const fn trail(&self) -> &TrailService {
        &self.trail
    }

    /// The third party that the service ships, if it does.
    pub const fn provider(&self) -> Option<&ProviderService> {
        self.provider.as_ref()
    }

    /// What operators see and do.
    pub const fn admin(&self) -> &AdminService {
        &self.admin
    }

    /// What is owed after a commit.
    pub fn outbox(&self) -> &OutboxService {
        &self.outbox
    }
}
