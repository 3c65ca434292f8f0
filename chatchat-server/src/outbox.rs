//! Works the outbox off, as long as the server runs.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use chatchat_domain::outbox::Backlog;
use chatchat_domain::{App, Error};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use tokio::sync::{Notify, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{MissedTickBehavior, interval, timeout};

/// How often to look for work.
const TICK: Duration = Duration::from_secs(1);
/// How often to look how much is owed.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How much is done at once.
const AT_ONCE: usize = 8;
/// How long what is under way may take once the server stops. What does not end is done again by who comes next.
const GRACE: Duration = Duration::from_secs(3);

/// How much is owed, as far as this node knows.
#[derive(Default)]
pub(crate) struct OutboxCounts {
    waiting: Gauge,
    dead: Gauge,
    overdue_seconds: Gauge<f64, AtomicU64>,
}

impl OutboxCounts {
    pub(crate) fn new(registry: &mut Registry) -> Self {
        let counts = Self::default();
        registry.register("outbox_waiting", "Work that is owed", counts.waiting.clone());
        registry.register("outbox_dead", "Work that was given up", counts.dead.clone());
        let help = "For how long the first of what is owed should have been done";
        registry.register("outbox_overdue_seconds", help, counts.overdue_seconds.clone());
        counts
    }
}

/// Whoever works the outbox off.
pub(crate) struct OutboxWorker {
    running: JoinHandle<()>,
    stop: watch::Sender<bool>,
}

impl OutboxWorker {
    /// Begins, and looks at once whenever `owed` is told; must be called inside the runtime that is to do the work.
    pub(crate) fn start(app: Arc<App>, owed: Arc<Notify>, counts: OutboxCounts) -> Self {
        let (stop, stopped) = watch::channel(false);
        let working = async move {
            tokio::join!(work(Arc::clone(&app), owed, stopped.clone()), look(&app, &counts, stopped));
        };
        Self { running: tokio::spawn(working), stop }
    }

    /// Begins nothing more, and gives what is under way a moment to end.
    pub(crate) async fn stop(mut self) {
        self.stop.send_replace(true);
        if timeout(GRACE, &mut self.running).await.is_err() {
            self.running.abort();
            tracing::warn!("owed work is left for later");
        }
    }
}

/// Shows again and again how much is owed.
async fn look(app: &App, counts: &OutboxCounts, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow_and_update() {
        match app.outbox().backlog().await {
            Ok((Backlog { waiting, dead, .. }, overdue)) => {
                counts.waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
                counts.dead.set(i64::try_from(dead).unwrap_or(i64::MAX));
                counts.overdue_seconds.set(overdue.as_secs_f64());
            }
            Err(error) => tracing::debug!(%error, "how much is owed cannot be told"),
        }
        let _stopped_or_time_to_look = timeout(LOOK_EVERY, stopped.changed()).await;
    }
}

async fn work(app: Arc<App>, owed: Arc<Notify>, mut stopped: watch::Receiver<bool>) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut under_way = JoinSet::new();
    while !*stopped.borrow_and_update() {
        tokio::select! {
            _ = ticks.tick() => {}
            () = owed.notified() => {}
            Some(_) = under_way.join_next() => {}
            _ = stopped.changed() => break,
        }
        while under_way.try_join_next().is_some() {}
        if let Err(error) = take_up(&app, &mut under_way).await {
            tracing::warn!(%error, "the outbox cannot be looked into");
        }
    }
    while under_way.join_next().await.is_some() {}
}

/// Begins as much of what is due as there is room for.
async fn take_up(app: &Arc<App>, under_way: &mut JoinSet<()>) -> Result<(), Error> {
    let room = u32::try_from(AT_ONCE.saturating_sub(under_way.len())).unwrap_or_default();
    if room == 0 {
        return Ok(());
    }
    for claimed in app.outbox().claim(room).await? {
        let app = Arc::clone(app);
        under_way.spawn(async move {
            let id = claimed.id;
            if let Err(error) = app.outbox().attend(claimed).await {
                tracing::warn!(%id, %error, "it cannot be noted what came of owed work");
            }
        });
    }
    Ok(())
}
