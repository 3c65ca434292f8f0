//! The log: structured lines on stderr, one for each request, for people (`text`) or machines (`json`).
//!
//! No line holds a token, a code, an e-mail address, a body or a query string.

use std::io::{self, IsTerminal as _};
use std::panic;

use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, TelemetryConfig};

/// What others say at their start is ours to say, and what strangers send that is no HTTP is no error of ours.
const QUIET: &str = "actix_server=warn,actix_http::h1::dispatcher=off";

/// Starts the log of this process; a log that was started before goes on as it is.
pub fn start(config: &TelemetryConfig) {
    let filter =
        EnvFilter::try_new(format!("{QUIET},{}", config.log)).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let _already_started = match config.log_format {
        LogFormat::Text => builder.with_ansi(io::stderr().is_terminal()).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    panic::set_hook(Box::new(|defect| {
        let place = defect.location().map(ToString::to_string);
        // Only fixed words: what was put into a message at run time may be somebody's.
        let words = defect.payload().downcast_ref::<&'static str>();
        tracing::error!(place, words, "a defect");
    }));
}
