//! What each port promises, and each adapter is held to.
//!
//! A suite is a file named after its port: functions that take a fresh adapter, named after the promise they
//! check. One more adapter is one more line in its [`contract!`].

use std::ops::Deref;
use std::path::Path;

use tempfile::TempDir;

/// Makes a test of each promise for each adapter: `contract! { [promise, …] adapter => fresh instance; … }`.
macro_rules! contract {
    (@tests [$($promise:ident),+ $(,)?] $fresh:expr) => {
        $(
            #[tokio::test]
            async fn $promise() {
                super::$promise(&*$fresh).await;
            }
        )+
    };
    ($promises:tt $($adapter:ident => $fresh:expr;)+) => {
        $(
            mod $adapter {
                #[allow(unused_imports, reason = "not every adapter is made by something of the suite")]
                use super::*;

                contract! { @tests $promises $fresh }
            }
        )+
    };
}

pub(crate) mod people;

mod accounts;
mod admin;
mod attachments;
mod bus;
mod cache;
mod closing;
mod codes;
mod conversations;
mod friends;
mod groups;
mod identities;
mod images;
mod logins;
mod mailer;
mod message_index;
mod message_log;
mod messages;
mod objects;
mod outbox;
mod passwords;
mod presence;
mod provider;
mod rate_limiter;
mod sessions;
mod tokens;
mod trail;

/// An adapter with a folder of its own, which goes with it.
pub(crate) struct InFolder<T> {
    adapter: T,
    _folder: TempDir,
}

impl<T> InFolder<T> {
    fn new(open: impl FnOnce(&Path) -> T) -> Self {
        let folder = TempDir::new().unwrap();
        Self { adapter: open(folder.path()), _folder: folder }
    }
}

impl<T> Deref for InFolder<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.adapter
    }
}
