//! What stands behind the servers under test: nothing but a folder, or the servers of a production.

use std::sync::OnceLock;

use crate::services::mariadb::MariaDb;
use crate::services::redis;
use crate::services::s3::S3;
use crate::services::smtp::SmtpServer;

/// What stands behind a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stack {
    /// One process and one folder.
    Embedded,
    /// MySQL, Redis, SMTP and S3.
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
            Self::Production => vec![
                ("CHATCHAT_DATABASE__URL", MariaDb::shared().database()),
                ("CHATCHAT_REDIS__URL", redis::apart(redis::shared_url())),
                ("CHATCHAT_MAIL__URL", SmtpServer::shared().url()),
                ("CHATCHAT_STORAGE__URL", S3::shared().url().to_owned()),
            ],
        }
    }
}
