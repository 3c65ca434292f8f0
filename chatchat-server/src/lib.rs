//! chatchat over HTTP and WebSocket. Thin: parses, calls one use case of `chatchat-domain`, shapes the answer.

pub mod problem;
pub mod view;
pub mod ws;
