//! What stands behind the servers under test: nothing but a folder, or the servers of a production.

use std::sync::OnceLock;

use crate::services::mariadb::MariaDb;

/// What stands behind a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stack {
    /// One process and one folder.
    Embedded,
    /// A database server, and all else that several nodes share.
    Production,
}

impl Stack {
    /// The one that this run is about: `CHATCHAT_TEST_STACK` is `embedded` (the default) or `production`.
    #[allow(clippy::disallowed_methods, reason = "tests are configured by their environment alone")]
    pub(crate) fn under_test() -> Self {
        static STACK: OnceLock<Stack> = OnceLock::new();
        *STACK.get_or_init(|| match std::env::var("CHATCHAT_TEST_STACK").as_deref() {
            Err(_) | Ok("embedded") => Self::Embedded,
            Ok("production") => Self::Production,
            Ok(other) => panic!("no such stack: {other}"),
        })
    }

    /// The settings of a service that holds nothing yet.
    pub(crate) fn settings(self) -> Vec<(&'static str, String)> {
        match self {
            Self::Embedded => Vec::new(),
            Self::Production => vec![("CHATCHAT_DATABASE__URL", MariaDb::shared().database())],
        }
    }
}
