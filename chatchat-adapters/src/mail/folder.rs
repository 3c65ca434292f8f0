use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fs, io};

use async_trait::async_trait;
use chatchat_domain::outbox::{Delivery, MailTransport};
use chatchat_domain::ports::{Clock, Mail, Mailer};
use chatchat_domain::{Error, Timestamp, WorkId};
use serde::{Deserialize, Serialize};
use tokio::task;

use crate::files;
use crate::mail::templates;

/// How many mails are kept; the oldest go first.
const KEPT: usize = 1000;

/// A mail in the folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredMail {
    /// The receiver's address.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The code in the text, if it has one.
    pub code: Option<String>,
    /// When it was sent: RFC 3339 in UTC, with milliseconds.
    pub sent_at: String,
}

/// Puts mail into a folder instead of sending it: one JSON file a mail, named by the moment.
pub struct MailFolder {
    folder: Arc<Folder>,
    clock: Arc<dyn Clock>,
}

impl MailFolder {
    /// The mail in `folder`, which is made if there is none.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn open(folder: &Path, clock: Arc<dyn Clock>) -> io::Result<Self> {
        Ok(Self { folder: Arc::new(Folder::open(folder)?), clock })
    }

    /// The newest mails, at most `limit`, the newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn recent(&self, limit: usize) -> io::Result<Vec<StoredMail>> {
        let folder = Arc::clone(&self.folder);
        off_the_async_threads(move || folder.recent(limit)).await
    }
}

#[async_trait]
impl Mailer for MailFolder {
    async fn send(&self, mail: Mail) -> Result<(), Error> {
        let now = self.clock.now();
        let mail = StoredMail::new(&mail, now);
        let folder = Arc::clone(&self.folder);
        off_the_async_threads(move || folder.add(&mail, now))
            .await
            .map_err(|error| Error::Unavailable(format!("the folder takes no mail: {error}")))
    }
}

/// For what a service owes that has sent its mail before.
#[async_trait]
impl MailTransport for MailFolder {
    async fn deliver(&self, _: WorkId, mail: &Mail, _: Timestamp) -> Result<Delivery, Error> {
        self.send(mail.clone()).await.map(|()| Delivery::Accepted)
    }
}

impl StoredMail {
    fn new(mail: &Mail, now: Timestamp) -> Self {
        let letter = templates::letter(mail);
        let code = match mail {
            Mail::Code { code, .. } => Some(code.expose().to_owned()),
            Mail::AlreadyRegistered { .. } => None,
        };
        let sent_at = jiff::Timestamp::from_microsecond(now.unix_micros()).unwrap_or_default();
        Self {
            text: letter.text(),
            to: letter.to,
            subject: letter.subject.to_owned(),
            code,
            sent_at: format!("{sent_at:.3}"),
        }
    }
}

/// The files, and which of them there are.
struct Folder {
    path: PathBuf,
    stamps: Mutex<Stamps>,
}

/// What files are named by: the moment in microseconds, a little later where two would be equal.
#[derive(Default)]
struct Stamps {
    last: u64,
    stored: BTreeSet<u64>,
}

impl Folder {
    fn open(path: &Path) -> io::Result<Self> {
        files::private_folder(path)?;
        let mut stamps = Stamps::default();
        for entry in fs::read_dir(path)? {
            stamps.stored.extend(stamp_of(&entry?.path()));
        }
        stamps.last = stamps.stored.last().copied().unwrap_or_default();
        Ok(Self { path: path.to_owned(), stamps: Mutex::new(stamps) })
    }

    fn add(&self, mail: &StoredMail, now: Timestamp) -> io::Result<()> {
        let stamp = self.stamps().next(now);
        files::write_durably(&self.file(stamp), &serde_json::to_vec_pretty(mail)?)?;
        let surplus = self.stamps().store(stamp);
        surplus.into_iter().try_for_each(|old| fs::remove_file(self.file(old)).or_else(absent_is_fine))
    }

    fn recent(&self, limit: usize) -> io::Result<Vec<StoredMail>> {
        let newest: Vec<_> = self.stamps().stored.iter().rev().take(limit).copied().collect();
        let mails = newest.into_iter().map(|stamp| self.read(stamp));
        mails.filter_map(Result::transpose).collect()
    }

    /// The mail, unless somebody has tidied up meanwhile.
    fn read(&self, stamp: u64) -> io::Result<Option<StoredMail>> {
        match fs::read(self.file(stamp)) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) => absent_is_fine(error).map(|()| None),
        }
    }

    fn file(&self, stamp: u64) -> PathBuf {
        self.path.join(format!("{stamp:020}.json"))
    }

    fn stamps(&self) -> MutexGuard<'_, Stamps> {
        self.stamps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stamps {
    /// A stamp nobody else has, after all others.
    fn next(&mut self, now: Timestamp) -> u64 {
        let now = u64::try_from(now.unix_micros()).unwrap_or_default();
        self.last = now.max(self.last.saturating_add(1));
        self.last
    }

    /// Notes a file that was written, and gives those that are to go.
    fn store(&mut self, stamp: u64) -> Vec<u64> {
        self.stored.insert(stamp);
        let surplus = self.stored.len().saturating_sub(KEPT);
        (0..surplus).filter_map(|_| self.stored.pop_first()).collect()
    }
}

fn stamp_of(path: &Path) -> Option<u64> {
    path.extension().filter(|extension| *extension == "json")?;
    path.file_stem()?.to_str()?.parse().ok()
}

fn absent_is_fine(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

async fn off_the_async_threads<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    task::spawn_blocking(work).await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use chatchat_domain::account::EmailAddress;

    use super::*;

    /// A clock that stands still.
    struct Noon;

    impl Clock for Noon {
        fn now(&self) -> Timestamp {
            Timestamp::from_unix_micros(1_767_268_800_123_456)
        }
    }

    fn open(folder: &Path) -> MailFolder {
        MailFolder::open(folder, Arc::new(Noon)).unwrap()
    }

    fn to(receiver: &str) -> Mail {
        Mail::AlreadyRegistered { to: EmailAddress::new(receiver).unwrap() }
    }

    async fn receivers(post: &MailFolder) -> Vec<String> {
        post.recent(10).await.unwrap().into_iter().map(|mail| mail.to).collect()
    }

    #[tokio::test]
    async fn a_mail_says_when_it_was_sent() {
        let folder = tempfile::tempdir().unwrap();
        let post = open(folder.path());
        post.send(to("ann@example.com")).await.unwrap();
        assert_eq!(post.recent(1).await.unwrap()[0].sent_at, "2026-01-01T12:00:00.123Z");
    }

    #[tokio::test]
    async fn mails_of_one_moment_keep_their_order_also_over_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        open(folder.path()).send(to("one@example.com")).await.unwrap();
        let post = open(folder.path());
        post.send(to("two@example.com")).await.unwrap();
        post.send(to("three@example.com")).await.unwrap();
        assert_eq!(receivers(&post).await, ["three@example.com", "two@example.com", "one@example.com"]);
        assert_eq!(receivers(&open(folder.path())).await, receivers(&post).await);
    }

    #[tokio::test]
    async fn the_newest_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        for stamp in 1..=KEPT {
            fs::write(folder.path().join(format!("{stamp:020}.json")), "{}").unwrap();
        }
        open(folder.path()).send(to("ann@example.com")).await.unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), KEPT);
        assert!(!folder.path().join(format!("{:020}.json", 1)).exists());
    }

    #[tokio::test]
    async fn other_files_and_tidied_ones_do_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("notes.txt"), "mine").unwrap();
        let post = open(folder.path());
        post.send(to("ann@example.com")).await.unwrap();
        for entry in fs::read_dir(folder.path()).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
        post.send(to("bob@example.com")).await.unwrap();
        assert_eq!(receivers(&post).await, ["bob@example.com"]);
    }
}
