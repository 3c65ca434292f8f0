//! WebSocket: `GET /api/v1/ws`, subprotocol `chatchat.v1.json`.
//!
//! - [`upgrade`]: from an HTTP request to a socket; who may connect.
//! - `protocol`: the frames, in and out.
//! - `connection`: the task of one socket: reads frames, runs operations, writes what waits in its queue.
//! - `counts`: what happens on all sockets, for metrics.
//! - `operations`: one function for each operation: parse, one use case, shape.
//! - `outbox`: what waits for one socket: bounded, in order, without a hole or a repeat.
//! - `hub`: who is connected here, and to what; hears the bus.
//! - `channel`: one conversation's stream on this node, put in `rev` order.
//! - `events`: from the domain's events to frames, each serialized once for all who get it.
//! - `interest`: what this node listens for on the bus.
//! - `trail`: what this node has seen of messages, for a while.
//! - `healing`: what the bus has lost is found by comparing with the store.
//! - `upkeep`: what happens by the clock: heartbeats, tokens that end, going away.

mod channel;
mod connection;
mod counts;
mod events;
mod healing;
mod hub;
mod interest;
mod operations;
mod outbox;
mod protocol;
#[cfg(test)]
mod repair_tests;
mod trail;
mod upgrade;
mod upkeep;

pub(crate) use connection::{HELLO_WITHIN, MAX_IN_FLIGHT};
pub(crate) use counts::SocketCounts;
pub use hub::{Hub, HubSettings};
pub(crate) use operations::MAX_HEADS;
pub(crate) use protocol::{MAX_FRAME, SUBPROTOCOL, close_codes};
pub(crate) use trail::Trail;
pub(crate) use upgrade::upgrade;
pub(crate) use upkeep::HEARTBEAT;
