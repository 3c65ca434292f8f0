use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use async_trait::async_trait;
use chatchat_adapters::system::SystemRandom;
use chatchat_adapters::tls;
use chatchat_domain::ports::Random as _;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracer, SdkTracerProvider, Span, SpanData,
    SpanExporter as Exporter, SpanProcessor,
};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use tokio::runtime::Handle;

use super::sampling::Sampling;

/// What the service is called where traces are collected.
const SERVICE: &str = "chatchat";
/// Where OTLP over HTTP takes traces.
const PATH: &str = "/v1/traces";
/// How many spans may wait: a few megabytes. What is more is dropped.
const WAITING: usize = 4096;
/// How many are sent at a time.
const AT_A_TIME: usize = 512;
/// How long one waits for others to be sent with.
const SENT_EVERY: Duration = Duration::from_secs(1);
/// How long the collector may take for some, with all tries.
const TAKEN_WITHIN: Duration = Duration::from_secs(3);
/// How long the export of what waits may delay the end of the process.
const ENDS_WITHIN: Duration = Duration::from_secs(3);

/// What has become of spans; like the log, there is one for the process.
static SPANS: LazyLock<Family<[(&'static str, &'static str); 1], Counter>> = LazyLock::new(Family::default);

/// Lets be shown what has become of spans.
pub(crate) fn register(registry: &mut Registry) {
    let help = "Spans of traces, by whether they were exported or dropped";
    registry.register("trace_spans", help, (*SPANS).clone());
}

fn count(outcome: &'static str, spans: usize) {
    SPANS.get_or_create(&[("outcome", outcome)]).inc_by(u64::try_from(spans).unwrap_or_default());
}

/// Why traces could never be exported.
#[derive(Debug, thiserror::Error)]
#[error("telemetry.otlp_endpoint: {0}")]
pub struct ExportError(String);

/// Spans on their way to a collector, in a thread of its own: nobody waits for it.
pub(super) struct Export {
    provider: SdkTracerProvider,
}

impl Export {
    /// Exports this part of the traces to the collector at `endpoint`, from within the runtime.
    pub(super) fn new(endpoint: &str, part: f64, runtime: Handle) -> Result<Self, ExportError> {
        let unusable = |error: &dyn std::error::Error| ExportError(error.to_string());
        let client = tls::http_client(|client| client.timeout(TAKEN_WITHIN));
        let client = Client { http: client.map_err(|error| unusable(&error))?, runtime };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_endpoint(format!("{endpoint}{PATH}"))
            .with_timeout(TAKEN_WITHIN)
            .build()
            .map_err(|error| unusable(&error))?;
        let waiting = Arc::new(AtomicUsize::new(0));
        let exporter = Counted { exporter, waiting: Arc::clone(&waiting), is_away: AtomicBool::new(false) };
        let config = BatchConfigBuilder::default()
            .with_max_queue_size(WAITING)
            .with_max_export_batch_size(AT_A_TIME)
            .with_scheduled_delay(SENT_EVERY)
            .build();
        let processor = BatchSpanProcessor::builder(exporter).with_batch_config(config).build();
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampling::new(part))
            .with_resource(resource())
            .with_span_processor(Bounded { processor, waiting })
            .build();
        Ok(Self { provider })
    }

    /// Makes the spans.
    pub(super) fn tracer(&self) -> SdkTracer {
        self.provider.tracer(SERVICE)
    }

    /// Exports what waits, if that can be done soon.
    pub(super) fn stop(self) {
        if let Err(error) = self.provider.shutdown_with_timeout(ENDS_WITHIN) {
            tracing::warn!(%error, "the last spans are not exported");
        }
    }
}

/// Who exports: this service, of this version, and which of its nodes.
fn resource() -> Resource {
    let mut node = [0; 16];
    SystemRandom.fill(&mut node);
    let attributes = [
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("service.instance.id", format!("{:032x}", u128::from_be_bytes(node))),
    ];
    Resource::builder().with_service_name(SERVICE).with_attributes(attributes).build()
}

/// Drops and counts what there is no room for.
#[derive(Debug)]
struct Bounded {
    processor: BatchSpanProcessor,
    waiting: Arc<AtomicUsize>,
}

impl SpanProcessor for Bounded {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.processor.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if self.waiting.fetch_add(1, Ordering::Relaxed) < WAITING {
            self.processor.on_end(span);
        } else {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            count("dropped", 1);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.processor.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.processor.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.processor.set_resource(resource);
    }
}

/// Counts what is exported, and what the collector does not take; says once that it is away, and once that it is back.
#[derive(Debug)]
struct Counted {
    exporter: SpanExporter,
    waiting: Arc<AtomicUsize>,
    is_away: AtomicBool,
}

impl Exporter for Counted {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let exported = self.exporter.export(batch).await;
        self.waiting.fetch_sub(spans, Ordering::Relaxed);
        count(if exported.is_ok() { "exported" } else { "dropped" }, spans);
        match (&exported, self.is_away.swap(exported.is_err(), Ordering::Relaxed)) {
            (Err(error), false) => tracing::warn!(%error, "traces cannot be exported, and are dropped"),
            (Ok(()), true) => tracing::info!("traces are exported again"),
            _ => {}
        }
        exported
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// Sends from within the runtime: whoever exports is a thread that has none.
#[derive(Debug)]
struct Client {
    http: reqwest::Client,
    runtime: Handle,
}

#[async_trait]
impl HttpClient for Client {
    /// What the collector says besides its status is of no use.
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (http, request) = (self.http.clone(), reqwest::Request::try_from(request)?);
        // Its time-out, too, is to be made within the runtime.
        let answer = self.runtime.spawn(async move { http.execute(request).await }).await??;
        let mut taken = Response::new(Bytes::new());
        *taken.status_mut() = answer.status();
        Ok(taken)
    }
}
