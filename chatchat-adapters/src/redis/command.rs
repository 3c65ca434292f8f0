//! How a command is sent: not waited for long, as there is always another way.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chatchat_domain::Error;
use fred::clients::{Client, WithOptions};
use fred::error::Error as RedisError;
use fred::interfaces::{ClientLike, FredResult, LuaInterface as _};
use fred::types::config::Options;
use fred::types::scripts::Script;
use fred::types::{FromValue, Value};

use super::connect::Line;

/// How long an answer is waited for: a healthy server needs a thousandth of it.
const ANSWERED_WITHIN: Duration = Duration::from_millis(500);

/// The connections that commands go through.
#[derive(Clone)]
pub(super) struct Commands {
    lines: Arc<[Line<Client>]>,
    next: Arc<AtomicUsize>,
}

impl Commands {
    pub(super) fn new(lines: Vec<Line<Client>>) -> Self {
        Self { lines: lines.into(), next: Arc::default() }
    }

    /// A connection, of those that are up if there is one. Its commands fail at once while it is down.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if there is none.
    pub(super) fn line(&self) -> Result<WithOptions<Client>, Error> {
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let turns = self.lines.iter().cycle().skip(first % self.lines.len().max(1)).take(self.lines.len());
        let up = turns.map(|line| &line.client).find(|client| client.is_connected());
        up.map(failing_fast).ok_or_else(|| Error::Unavailable("Redis is away".to_owned()))
    }

    /// Always the same connection, for what must keep its order.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if it is not up.
    pub(super) fn first_line(&self) -> Result<WithOptions<Client>, Error> {
        let first = self.lines.first().map(|line| &line.client).filter(|client| client.is_connected());
        first.map(failing_fast).ok_or_else(|| Error::Unavailable("Redis is away".to_owned()))
    }

    /// Runs the script, whose keys must have one slot.
    ///
    /// # Errors
    /// [`Error::Unavailable`]
    pub(super) async fn run<T: FromValue>(
        &self,
        script: &Script,
        keys: Vec<String>,
        args: Vec<Value>,
    ) -> Result<T, Error> {
        let line = self.line()?;
        answer(async {
            match line.evalsha(script.sha1().clone(), keys.clone(), args.clone()).await {
                Err(error) if error.details().starts_with("NOSCRIPT") => {
                    let lua = script.lua().cloned().unwrap_or_default();
                    line.eval(lua, keys, args).await
                }
                outcome => outcome,
            }
        })
        .await
    }

    /// Whether there is an answer.
    ///
    /// # Errors
    /// [`Error::Unavailable`]
    pub(super) async fn ping(&self) -> Result<(), Error> {
        let line = self.line()?;
        answer(line.ping::<()>(None)).await
    }
}

/// What the command brings, if that is soon.
///
/// # Errors
/// [`Error::Unavailable`]
pub(super) async fn answer<T>(command: impl Future<Output = FredResult<T>>) -> Result<T, Error> {
    match tokio::time::timeout(ANSWERED_WITHIN, command).await {
        Ok(answered) => answered.map_err(unavailable),
        Err(_) => Err(Error::Unavailable("Redis does not answer".to_owned())),
    }
}

/// The client, with commands that fail at once while it is down and are sent only once.
pub(super) fn failing_fast(client: &Client) -> WithOptions<Client> {
    client.with_options(&Options { fail_fast: true, max_attempts: Some(1), ..Options::default() })
}

fn unavailable(error: RedisError) -> Error {
    Error::Unavailable(format!("Redis: {error}"))
}
