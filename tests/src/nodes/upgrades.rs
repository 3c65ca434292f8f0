//! Two versions of a service side by side.

use super::Nodes;
use crate::e2e::person::Person;
use crate::services::mariadb::MariaDb;

/// What a migration of a later version may do: it only adds.
const EXPANSION: [&str; 6] = [
    "ALTER TABLE {}.users ADD COLUMN later BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE {}.messages ADD COLUMN later VARBINARY(100)",
    "ALTER TABLE {}.members ADD COLUMN later BOOLEAN NOT NULL DEFAULT FALSE",
    "ALTER TABLE {}.sessions ADD KEY later (last_seen_at)",
    "CREATE TABLE {}.later (id BINARY(16) NOT NULL PRIMARY KEY)",
    "INSERT INTO {}.__diesel_schema_migrations (version) VALUES ('99999999999999')",
];

#[tokio::test]
async fn nodes_go_on_and_start_on_tables_that_a_later_version_has_expanded() {
    let mut nodes = Nodes::start(2);
    let (ann, bob, conversation) = nodes.friends().await;
    let mut of_bob = bob.connects().await;
    ann.sends(&conversation, "before").await;
    of_bob.next_event("message").await;
    let database =
        nodes.0[0].setting("CHATCHAT_DATABASE__URL").unwrap().rsplit('/').next().unwrap().to_owned();
    for statement in EXPANSION {
        MariaDb::shared().execute(&statement.replace("{}", &database));
    }
    let sent = ann.sends(&conversation, "while both run").await;
    assert_eq!(of_bob.next_event("message").await["data"]["message"], sent);
    let (status, _) = nodes.0[0].stop().await;
    assert_eq!(status.code(), Some(0));
    nodes.0[0].restart();
    let sent = ann.anew().sends(&conversation, "after the way back").await;
    assert_eq!(of_bob.next_event("message").await["data"]["message"], sent);
    Person::registers(&nodes.0[0]).await.befriends(&bob).await;
}
