//! How a command is sent: not waited for long, as there is always another way.

use std::ops::Deref;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chatchat_domain::Error;
use fred::clients::{Client, WithOptions};
use fred::interfaces::{
    ClientLike, ClusterInterface as _, FredResult, KeysInterface as _, LuaInterface as _,
};
use fred::types::config::{Options, Server};
use fred::types::scripts::Script;
use fred::types::{ClusterHash, CustomCommand, FromValue, Value};
use tracing::field::Empty;

use super::connect::Line;
use crate::trace;

/// How long an answer is waited for: a healthy server needs a thousandth of it.
const ANSWERED_WITHIN: Duration = Duration::from_millis(500);
/// How long nothing is sent over a line when no answer came. fred gives a server up that owes an answer to the last
/// command, not to the first: if there were always another one, it never would.
const RESTS_FOR: Duration = Duration::from_millis(1500);

/// The connections that commands go through.
#[derive(Clone)]
pub(super) struct Commands {
    lines: Arc<[CommandLine]>,
    next: Arc<AtomicUsize>,
}

struct CommandLine {
    line: Line<Client>,
    rests_until: Mutex<Option<Instant>>,
    rests: AtomicU64,
}

impl CommandLine {
    fn is_up(&self) -> bool {
        let mut rests_until = self.rests_until.lock().unwrap_or_else(PoisonError::into_inner);
        *rests_until = rests_until.filter(|until| Instant::now() < *until);
        rests_until.is_none() && self.line.client.is_connected()
    }

    fn rest(&self) {
        let mut rests_until = self.rests_until.lock().unwrap_or_else(PoisonError::into_inner);
        let rested =
            rests_until.replace(Instant::now() + RESTS_FOR).is_some_and(|until| Instant::now() < until);
        self.rests.fetch_add(u64::from(!rested), Ordering::Relaxed);
    }
}

impl Commands {
    pub(super) fn new(lines: Vec<Line<Client>>) -> Self {
        let lines = lines.into_iter().map(|line| CommandLine {
            line,
            rests_until: Mutex::default(),
            rests: AtomicU64::new(0),
        });
        Self { lines: lines.collect(), next: Arc::default() }
    }

    /// How many connections are up.
    pub(super) fn up(&self) -> usize {
        self.lines.iter().filter(|line| line.is_up()).count()
    }

    /// How often a connection began to rest.
    pub(super) fn rests(&self) -> u64 {
        self.lines.iter().map(|line| line.rests.load(Ordering::Relaxed)).sum()
    }

    /// A connection that is up, each in its turn.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if there is none.
    pub(super) fn line(&self) -> Result<Turn<'_>, Error> {
        let count = self.lines.len();
        let first = self.next.fetch_add(1, Ordering::Relaxed) % count.max(1);
        Turn::on(self.lines.iter().cycle().skip(first).take(count))
    }

    /// Always the same connection, for what must keep its order.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if it is not up.
    pub(super) fn first_line(&self) -> Result<Turn<'_>, Error> {
        Turn::on(self.lines.iter().take(1))
    }

    /// The masters of the cluster, as far as they are known.
    pub(super) fn masters(&self) -> Vec<Server> {
        let routing = self.lines.first().and_then(|line| line.line.client.cached_cluster_state());
        routing.map(|routing| routing.unique_primary_nodes()).unwrap_or_default()
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
        let run = async {
            match line.evalsha(script.sha1().clone(), keys.clone(), args.clone()).await {
                Err(error) if error.details().starts_with("NOSCRIPT") => {
                    let lua = script.lua().cloned().unwrap_or_default();
                    line.eval(lua, keys, args).await
                }
                outcome => outcome,
            }
        };
        line.answer("EVALSHA", run).await
    }

    /// Deletes the key, should it be there.
    ///
    /// # Errors
    /// [`Error::Unavailable`]
    pub(super) async fn delete(&self, key: String) -> Result<(), Error> {
        let line = self.line()?;
        line.answer("DEL", line.del(key)).await
    }

    /// Whether there is an answer.
    ///
    /// # Errors
    /// [`Error::Unavailable`]
    pub(super) async fn ping(&self) -> Result<(), Error> {
        let line = self.line()?;
        line.answer("PING", line.ping(None)).await
    }
}

/// A connection for a command. The command fails at once if the connection is lost, and is sent only once.
pub(super) struct Turn<'a> {
    client: WithOptions<Client>,
    line: &'a CommandLine,
}

impl<'a> Turn<'a> {
    fn on(mut lines: impl Iterator<Item = &'a CommandLine>) -> Result<Self, Error> {
        let line = lines.find(|line| line.is_up());
        let line = line.ok_or_else(|| Error::Unavailable("Redis is away".to_owned()))?;
        let options = Options { fail_fast: true, max_attempts: Some(1), ..Options::default() };
        Ok(Self { client: line.line.client.with_options(&options), line })
    }

    /// What the command of this name, one of this connection, brings, if that is soon.
    ///
    /// # Errors
    /// [`Error::Unavailable`]
    pub(super) async fn answer<T>(
        &self,
        name: &'static str,
        command: impl Future<Output = FredResult<T>>,
    ) -> Result<T, Error> {
        let span = tracing::debug_span!(
            "redis",
            otel.name = %format_args!("redis {name}"),
            otel.kind = "client",
            otel.status_code = Empty,
            db.system.name = "redis",
        );
        let answered = async {
            match tokio::time::timeout(ANSWERED_WITHIN, command).await {
                Ok(answered) => answered.map_err(|error| Error::Unavailable(format!("Redis: {error}"))),
                Err(_) => {
                    self.line.rest();
                    Err(Error::Unavailable("Redis does not answer".to_owned()))
                }
            }
        };
        trace::within(span, answered).await
    }

    /// Says something in a channel of its slot's master. As a command like any other: of those that fred calls
    /// publishing it expects no answer.
    ///
    /// # Errors
    /// [`Error::Unavailable`]
    pub(super) async fn publish(&self, channel: String, said: &[u8]) -> Result<(), Error> {
        let command = CustomCommand::new_static("SPUBLISH", ClusterHash::FirstKey, false);
        self.answer("SPUBLISH", self.custom(command, vec![Value::from(channel), Value::from(said)])).await
    }
}

impl Deref for Turn<'_> {
    type Target = WithOptions<Client>;

    fn deref(&self) -> &Self::Target {
        &self.client
    }
}
