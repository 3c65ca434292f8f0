//! The repositories on SQL databases.
//!
//! The queries are written once, in `shared/`, against three names that each engine's file provides: `Conn` (a
//! connection), `Database` (runs units of work in transactions) and `dialect` (what the engines say differently).
//! That file then compiles them with `#[path]`, so that every engine runs the very same source. What does not
//! touch a connection stands beside this file and is compiled once.
//!
//! | file | holds |
//! | --- | --- |
//! | `schema`, `types`, `rows`, `work` | tables, column types, rows as domain types and back |
//! | `keyset`, `search` | places in lists, search patterns |
//! | `admission` | whether a message may be stored |
//! | `fault` | what can go wrong inside a unit of work |
//! | `shared/<capability>` | the queries of a capability |
//! | `watch` | how long the database takes, and whether it answers at all |
//! | `sqlite` | connection, dialect, reader pool, group-commit writer |
//! | `transfer`, `records` | moving from one engine to the other |
//! | `mysql` | connection, dialect, pools, batches of sends, keys |

mod admission;
mod fault;
mod keyset;
#[cfg(feature = "mysql")]
pub mod mysql;
#[cfg(all(feature = "mysql", feature = "sqlite"))]
mod records;
mod rows;
mod schema;
mod search;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(all(feature = "mysql", feature = "sqlite"))]
pub mod transfer;
mod types;
mod watch;
mod work;

use std::sync::Arc;

use chatchat_domain::account::AccountRepository;
use chatchat_domain::admin::AdminRepository;
use chatchat_domain::attachment::AttachmentRepository;
use chatchat_domain::conversation::{ConversationRepository, MessageLog, MessageRepository};
use chatchat_domain::friend::FriendRepository;
use chatchat_domain::group::GroupRepository;
use chatchat_domain::identity::IdentityRepository;
use chatchat_domain::outbox::OutboxRepository;
use chatchat_domain::provider::ProviderRepository;
use chatchat_domain::search::MessageIndex;
use chatchat_domain::session::SessionRepository;
use chatchat_domain::trail::TrailRepository;

/// Everything that is kept in one database.
#[derive(Clone)]
#[allow(missing_docs, reason = "each port documents itself")]
pub struct Repositories {
    pub accounts: Arc<dyn AccountRepository>,
    pub sessions: Arc<dyn SessionRepository>,
    pub identities: Arc<dyn IdentityRepository>,
    pub friends: Arc<dyn FriendRepository>,
    pub groups: Arc<dyn GroupRepository>,
    pub conversations: Arc<dyn ConversationRepository>,
    pub log: Arc<dyn MessageLog>,
    pub messages: Arc<dyn MessageRepository>,
    pub attachments: Arc<dyn AttachmentRepository>,
    pub index: Arc<dyn MessageIndex>,
    pub trail: Arc<dyn TrailRepository>,
    pub outbox: Arc<dyn OutboxRepository>,
    pub admin: Arc<dyn AdminRepository>,
    pub provider: Arc<dyn ProviderRepository>,
}
