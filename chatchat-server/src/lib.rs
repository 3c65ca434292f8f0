//! chatchat over HTTP and WebSocket. Thin: parses, calls one use case of `chatchat-domain`, shapes the answer.
//!
//! [`cli::main`] is the whole program; [`server::Server`] is the part of it that other programs and tests run.
//!
//! | module | what it is about |
//! | --- | --- |
//! | [`config`] | settings: defaults, file, environment, flags |
//! | [`server`] | a running server, from its start to its end |
//! | `maintenance` | what an operator does beside serving |
//! | `traffic` | how much of what may be done by whom, and what gives way |
//! | `wiring` | from settings to adapters to the product |
//! | `http` | the routes, and a file for each capability |
//! | [`ws`] | WebSocket |
//! | `docs` | what clients may rely on, for programs and people |
//! | `metrics`, `process` | what the service and its process know of themselves |
//! | [`origins`] | whose pages may act for who is logged in |
//! | `outbox` | does what is owed after a commit |
//! | `input` | from what clients say to what the rules take, over both |
//! | [`problem`], [`view`] | what clients see, over both |
//! | [`telemetry`] | the log |

pub mod cli;
pub mod config;
mod demo;
mod docs;
mod http;
mod input;
mod maintenance;
mod metrics;
pub mod origins;
mod outbox;
pub mod problem;
mod process;
pub mod server;
mod signing;
pub mod telemetry;
mod traffic;
pub mod view;
mod wiring;
pub mod ws;
