//! Moving from SQLite to MySQL.

use std::path::Path;

use chatchat_adapters::keys::{Keys, TokenKey};
use chatchat_adapters::sql::mysql::Mysql;
use chatchat_adapters::sql::sqlite::Sqlite;
use chatchat_adapters::sql::transfer::{TransferError, transfer};
use chatchat_domain::admin::{Action, Note, Operator};
use chatchat_domain::conversation::{Seq, Window};
use chatchat_domain::page::Limit;
use chatchat_domain::{AuditEntryId, ConversationId, UserId};
use tempfile::TempDir;

use crate::contract::people::{befriend, first_page, group, person, say, second};
use crate::services::mariadb::MariaDb;

fn keys(secret: u8) -> Keys {
    let key = |name: &str, seed| TokenKey { name: name.to_owned(), seed: [seed; 32] };
    Keys { secret: [secret; 32], token_keys: vec![key("token-0001", 1), key("token-1800000000", 2)] }
}

/// A service in which something has been said: more of it than is copied at a time.
async fn used(database: &Path) -> (UserId, ConversationId) {
    let store = Sqlite::open(database).unwrap().repositories();
    let (ann, bob) = (person(&store, "Ann 上海").await, person(&store, "Bob").await);
    let conversation = befriend(&store, ann, bob).await;
    for number in 0..1200 {
        say(&store, conversation, ann, &format!("message {number} 😀")).await.unwrap();
    }
    group(&store, bob).await;
    let operator = Operator::new("olga").unwrap();
    let (id, action) = (AuditEntryId::from_bytes([1; 16]), Action::Suspend(bob, None));
    let _ = store.admin.suspend(bob, Note { id, at: second(9), operator, action }).await.unwrap();
    (ann, conversation)
}

fn rows(transferred: &[(&str, u64)], table: &str) -> u64 {
    transferred.iter().find(|(name, _)| *name == table).unwrap().1
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_arrives_and_the_service_goes_on() {
    let (folder, target) = (TempDir::new().unwrap(), MariaDb::shared().database());
    let source = folder.path().join("chat.db");
    let (ann, conversation) = used(&source).await;
    let moved = transfer(&source, &target, &keys(7)).await.unwrap();
    assert_eq!((rows(&moved, "messages"), rows(&moved, "users"), rows(&moved, "groups")), (1200, 2, 1));

    let target = Mysql::open(&target).await.unwrap();
    assert_eq!(target.keys().await.unwrap(), keys(7));
    let store = target.repositories();
    let limit = Limit::new(100).unwrap();
    let history = |window| store.conversations.history(ann, conversation, window, limit);
    let newest = history(Window::Newest).await.unwrap().items;
    let original = Sqlite::open(&source).unwrap().repositories();
    let audit = store.admin.audit(first_page()).await.unwrap();
    assert_eq!((audit.items.len(), &audit), (1, &original.admin.audit(first_page()).await.unwrap()));
    let people = store.admin.people(None, first_page()).await.unwrap();
    assert_eq!(people.items.iter().filter(|person| person.suspended_at == Some(second(9))).count(), 1);
    let there = original.conversations.history(ann, conversation, Window::Newest, limit).await.unwrap().items;
    assert_eq!(newest, there);
    assert_eq!(say(&store, conversation, ann, "message 5 😀").await.unwrap().message.seq, Seq(6));
    assert_eq!(say(&store, conversation, ann, "new").await.unwrap().message.seq, Seq(1201));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_that_was_interrupted_goes_on() {
    let (folder, target) = (TempDir::new().unwrap(), MariaDb::shared().database());
    let source = folder.path().join("chat.db");
    used(&source).await;
    // It ends where the table is that it cannot write to.
    let name = target.rsplit('/').next().unwrap();
    let server = MariaDb::shared();
    Mysql::open(&target).await.unwrap();
    let trigger =
        "BEGIN IF NEW.seq = 900 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'stop'; END IF; END";
    server
        .execute(&format!("CREATE TRIGGER {name}.t BEFORE INSERT ON {name}.messages FOR EACH ROW {trigger}"));
    let stopped = transfer(&source, &target, &keys(7)).await.unwrap_err();
    assert!(matches!(stopped, TransferError::Interrupted(_)), "{stopped}");
    assert!(Mysql::open(&target).await.unwrap().keys().await.is_err(), "no server uses half a copy");

    server.execute(&format!("DROP TRIGGER {name}.t"));
    let moved = transfer(&source, &target, &keys(7)).await.unwrap();
    assert_eq!(rows(&moved, "messages"), 1200);
    Mysql::open(&target).await.unwrap().keys().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_not_equal_is_not_used() {
    let (folder, target) = (TempDir::new().unwrap(), MariaDb::shared().database());
    let source = folder.path().join("chat.db");
    used(&source).await;
    let name = target.rsplit('/').next().unwrap();
    Mysql::open(&target).await.unwrap();
    let trigger = "SET NEW.body = IF(NEW.seq = 777, 'forged', NEW.body)";
    let server = MariaDb::shared();
    server
        .execute(&format!("CREATE TRIGGER {name}.t BEFORE INSERT ON {name}.messages FOR EACH ROW {trigger}"));
    let unequal = transfer(&source, &target, &keys(7)).await.unwrap_err();
    assert!(matches!(unequal, TransferError::Unequal { table: "messages", .. }), "{unequal}");
    assert!(Mysql::open(&target).await.unwrap().keys().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_side_may_be_in_use() {
    let (folder, target) = (TempDir::new().unwrap(), MariaDb::shared().database());
    let source = folder.path().join("chat.db");
    let open = Sqlite::open(&source).unwrap();
    person(&open.repositories(), "Ann").await;
    let refused = transfer(&source, &target, &keys(7)).await.unwrap_err();
    assert!(matches!(refused, TransferError::Source(_)), "{refused}");
    drop(open);

    Mysql::open(&target).await.unwrap().keys().await.unwrap();
    let refused = transfer(&source, &target, &keys(7)).await.unwrap_err();
    assert!(matches!(refused, TransferError::InUse), "{refused}");
    let nowhere = transfer(&folder.path().join("none.db"), &target, &keys(7)).await.unwrap_err();
    assert!(matches!(nowhere, TransferError::Source(_)), "{nowhere}");
}
