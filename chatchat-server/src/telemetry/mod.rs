//! What a process tells of what it does: structured lines on stderr, one for each request, for people (`text`) or
//! machines (`json`); and traces, to whoever collects them.
//!
//! - `export`: spans on their way to a collector.
//! - `sampling`: which traces are recorded.
//!
//! No line and no span holds a token, a code, an e-mail address, a body or a query string.

mod export;
mod sampling;

use std::io::{self, IsTerminal as _};
use std::panic;

use tokio::runtime::Handle;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

use crate::config::{LogFormat, TelemetryConfig};
use export::Export;
pub use export::ExportError;
pub(crate) use export::register;

/// What others say at their start is ours to say, and what strangers send that is no HTTP is no error of ours.
const QUIET: &str = "actix_server=warn,actix_http::h1::dispatcher=off";
/// The crates whose spans make traces.
const OURS: &str = "chatchat";

/// What this process tells, until it is stopped.
#[must_use = "what waits to be exported is lost unless this is stopped"]
pub struct Telemetry(Option<Export>);

impl Telemetry {
    /// Exports what still waits, if that can be done soon.
    pub fn stop(self) {
        if let Some(export) = self.0 {
            export.stop();
        }
    }
}

/// Starts the log of this process, and exports traces from within `exporting` if that is there and the settings name
/// a collector. What was started before goes on as it is.
///
/// # Errors
/// [`ExportError`] when traces could never be exported. That the collector is away is no error.
pub fn start(config: &TelemetryConfig, exporting: Option<Handle>) -> Result<Telemetry, ExportError> {
    let export = match (&config.otlp_endpoint, exporting) {
        (Some(endpoint), Some(runtime)) => Some(Export::new(endpoint, config.sampling, runtime)?),
        _ => None,
    };
    let mut layers = vec![log(config)];
    layers.extend(export.as_ref().map(traces));
    let _already_started = tracing_subscriber::registry().with(layers).try_init();
    panic::set_hook(Box::new(|defect| {
        let place = defect.location().map(ToString::to_string);
        // Only fixed words: what was put into a message at run time may be somebody's.
        let words = defect.payload().downcast_ref::<&'static str>();
        tracing::error!(place, words, "a defect");
    }));
    Ok(Telemetry(export))
}

type Told = Box<dyn Layer<Registry> + Send + Sync>;

fn log(config: &TelemetryConfig) -> Told {
    let filter =
        EnvFilter::try_new(format!("{QUIET},{}", config.log)).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = fmt::layer().with_writer(io::stderr);
    match config.log_format {
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).with_filter(filter).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_filter(filter).boxed(),
    }
}

fn traces(export: &Export) -> Told {
    let spans = tracing_opentelemetry::layer()
        .with_tracer(export.tracer())
        .with_context_activation(false)
        .with_tracked_inactivity(false)
        .with_location(false)
        .with_threads(false)
        .with_target(false);
    spans.with_filter(filter_fn(is_of_a_trace).with_max_level_hint(LevelFilter::DEBUG)).boxed()
}

/// All our spans, and what goes wrong within them.
fn is_of_a_trace(metadata: &Metadata<'_>) -> bool {
    let most = if metadata.is_span() { Level::DEBUG } else { Level::WARN };
    metadata.target().starts_with(OURS) && *metadata.level() <= most
}
