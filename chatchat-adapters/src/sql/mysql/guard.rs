//! Lets the database itself refuse to change the log of what operators do.

use mysql_async::Conn;
use mysql_async::prelude::Queryable as _;

const TRIGGERS: [(&str, &str); 2] =
    [("audit_is_not_changed", "UPDATE"), ("audit_is_not_forgotten", "DELETE")];

/// Makes the triggers that are not there. Where there are none to be had, the program alone holds what they would: TiDB
/// has none, and a server that writes a binary log may leave making them to its administrators.
pub(super) async fn protect_audit(conn: &mut Conn) {
    for (name, change) in TRIGGERS {
        if let Err(error) = make(conn, name, change).await {
            tracing::warn!(trigger = name, %error, "the database does not hold that the audit log is append-only");
        }
    }
}

async fn make(conn: &mut Conn, name: &str, change: &str) -> mysql_async::Result<()> {
    let known = format!(
        "SELECT 1 FROM information_schema.triggers WHERE trigger_schema = DATABASE() AND trigger_name = '{name}'"
    );
    if conn.query_first::<u8, _>(known).await?.is_some() {
        return Ok(());
    }
    conn.query_drop(format!(
        "CREATE TRIGGER {name} BEFORE {change} ON audit FOR EACH ROW \
         SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the audit log is append-only'"
    ))
    .await
}
