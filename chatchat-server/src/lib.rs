//! chatchat over HTTP and WebSocket. Thin: parses, calls one use case of `chatchat-domain`, shapes the answer.
//!
//! [`cli::main`] is the whole program; [`server::Server`] is the part of it that other programs and tests run.
//!
//! | module | what it is about |
//! | --- | --- |
//! | [`config`] | settings: defaults, file, environment, flags |
//! | [`server`] | a running server, from its start to its end |
//! | `admin` | what operators tell a running service |
//! | `maintenance` | what an operator does beside serving |
//! | `traffic` | how much of what may be done by whom, and what gives way |
//! | `wiring` | from settings to adapters to the product |
//! | `http` | the routes, and a file for each capability |
//! | [`ws`] | WebSocket |
//! | `docs` | what clients may rely on, for programs and people |
//! | `metrics`, `process` | what the service and its process know of themselves |
//! | `housekeeping` | forgets what nobody comes back for |
//! | [`origins`] | whose pages may act for who is logged in |
//! | `outbox` | does what is owed after a commit |
//! | `input` | from what clients say to what the rules take, over both |
//! | [`problem`], [`view`] | what clients see, over both |
//! | [`telemetry`], `trace` | the log and traces; what stands in both of a request and an operation |

mod admin;
pub mod cli;
pub mod config;
mod demo;
mod docs;
mod housekeeping;
mod http;
mod input;
mod maintenance;
mod metrics;
pub mod origins;
mod outbox;
pub mod problem;
mod process;
mod sends;
pub mod server;
mod signing;
pub mod telemetry;
mod trace;
mod traffic;
pub mod view;
mod wiring;
pub mod ws;
