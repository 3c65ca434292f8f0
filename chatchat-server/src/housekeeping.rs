//! Forgets what nobody comes back for, as long as the server runs.

use std::sync::Arc;
use std::time::Duration;

use chatchat_domain::App;
use tokio::time::{MissedTickBehavior, interval};

/// How often. Several nodes may do it at once: it is forgotten once.
const EVERY: Duration = Duration::from_secs(600);

/// Begins, and ends with the runtime, inside which it must be called.
pub(crate) fn start(app: Arc<App>) {
    tokio::spawn(async move {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            match app.sessions().sweep().await {
                Ok(0) => {}
                Ok(sessions) => tracing::info!(sessions, "expired sessions are forgotten"),
                Err(error) => tracing::warn!(%error, "expired sessions are not forgotten"),
            }
        }
    });
}
