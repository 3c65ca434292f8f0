//! What happens by the clock: heartbeats, tokens that end, going away.
//! One wheel for all sockets; an idle socket has no timer of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_ws::Message;
use chatchat_domain::Timestamp;

use super::connection::Connection;
use super::hub::Hub;
use super::protocol::Close;
use super::{events, healing};

/// How often a client should be heard; one that is not is pinged.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(30);
/// A client that has not been heard for so long is gone.
const GONE_AFTER: Duration = Duration::from_secs(90);
/// How often the wheel turns.
const TICK: Duration = Duration::from_secs(1);
/// How long before its token ends a client is told.
const EXPIRY_WARNING: Duration = Duration::from_secs(60);
/// Over how long the sockets of a node that goes away are spread, for each of them and at most.
const GO_AWAY_EACH: Duration = Duration::from_millis(2);
const GO_AWAY_WITHIN: Duration = Duration::from_secs(5);
/// How long they have to be gone.
const GONE_WITHIN: Duration = Duration::from_secs(10);

impl Hub {
    /// Starts the upkeep; it ends with the runtime.
    pub fn spawn_maintenance(self: &Arc<Self>) {
        tokio::spawn(turn(Arc::clone(self)));
        tokio::spawn(healing::run(Arc::clone(self)));
    }

    /// Takes no new sockets, tells all others to go, and closes them one after the other. Returns when they are
    /// gone, or have had their time.
    pub async fn drain(&self) {
        self.begin_draining();
        let connections = self.connections();
        let count = u32::try_from(connections.len()).unwrap_or(u32::MAX).max(1);
        let spread = (GO_AWAY_EACH * count).min(GO_AWAY_WITHIN);
        let began = Instant::now();
        let ends = (0..count).map(|nth| spread * nth / count);
        let goes: Vec<(Arc<Connection>, Duration)> = connections.into_iter().zip(ends).collect();
        for (connection, after) in &goes {
            let after_ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
            connection.with_outbox(|outbox| outbox.reply(events::go_away(after_ms)));
        }
        for (connection, after) in goes {
            tokio::time::sleep(after.saturating_sub(began.elapsed())).await;
            connection.close(Close::ShuttingDown);
        }
        while !self.connections().is_empty() && began.elapsed() < GONE_WITHIN {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn tend(self: &Arc<Self>, connection: &Arc<Connection>, now: Timestamp, uptime_ms: u64) {
        let left = connection.expires_at().since(now);
        if left.is_zero() {
            connection.close(Close::NotAuthenticated);
        } else if left <= EXPIRY_WARNING && connection.warn() {
            let warning = events::auth_expiring(connection.expires_at());
            connection.with_outbox(|outbox| outbox.reply(warning));
        }
        let silence = Duration::from_millis(uptime_ms.saturating_sub(connection.heard_at()));
        if silence >= GONE_AFTER {
            connection.close(Close::TooSlow);
        } else if silence >= HEARTBEAT && connection.ping(uptime_ms, HEARTBEAT) {
            connection.with_outbox(|outbox| outbox.control(Message::Ping(bytes::Bytes::new())));
        }
        if connection.has_waited_in_vain(Instant::now()) {
            let (hub, connection) = (Arc::clone(self), Arc::clone(connection));
            tokio::spawn(async move { healing::start_over(&hub, connection).await });
        }
    }
}

async fn turn(hub: Arc<Hub>) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let (now, uptime_ms) = (hub.app().now(), hub.uptime_ms());
        for connection in hub.connections() {
            hub.tend(&connection, now, uptime_ms);
        }
    }
}
