//! A collector of traces in this process: OTLP over HTTP.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::{Span as Told, status::StatusCode};
use prost::Message as _;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use super::PATIENCE;

/// What a node has told of something that it has done.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    /// The node.
    pub(crate) node: String,
    pub(crate) name: String,
    pub(crate) trace: String,
    pub(crate) id: String,
    /// Empty if it is the first of its trace.
    pub(crate) parent: String,
    /// The traces of those it points to.
    pub(crate) links: Vec<String>,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) is_server: bool,
    pub(crate) has_failed: bool,
    /// All of it, as text.
    pub(crate) whole: String,
}

/// A collector that ends with its value.
pub(crate) struct Collector {
    url: String,
    told: Arc<Mutex<Vec<Span>>>,
    listening: JoinHandle<()>,
}

impl Collector {
    /// One that takes everything.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let told = Arc::default();
        let listening = tokio::spawn(serve(listener, Arc::clone(&told)));
        Self { url, told, listening }
    }

    /// One that takes connections, and never says anything.
    pub(crate) async fn that_hangs() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let listening = tokio::spawn(async move {
            let mut connections = Vec::new();
            while let Ok((connection, _)) = listener.accept().await {
                connections.push(connection);
            }
        });
        Self { url, told: Arc::default(), listening }
    }

    /// What servers are to know of it.
    pub(crate) fn setting(&self) -> (&'static str, &str) {
        ("CHATCHAT_TELEMETRY__OTLP_ENDPOINT", &self.url)
    }

    /// All that it was told.
    pub(crate) fn spans(&self) -> Vec<Span> {
        self.told.lock().unwrap().clone()
    }

    /// What it was told of this trace, as soon as it is whole.
    pub(crate) async fn trace(&self, trace: &str, is_whole: impl Fn(&[Span]) -> bool) -> Vec<Span> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let spans: Vec<Span> = self.spans().into_iter().filter(|span| span.trace == trace).collect();
            if is_whole(&spans) {
                return spans;
            }
            assert!(Instant::now() < deadline, "not whole: {spans:#?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn serve(listener: TcpListener, told: Arc<Mutex<Vec<Span>>>) {
    let mut connections = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        let told = Arc::clone(&told);
        connections.spawn(async move {
            let take = service_fn(move |request| take(request, Arc::clone(&told)));
            let builder = Builder::new(TokioExecutor::new());
            drop(builder.serve_connection(TokioIo::new(socket), take).await);
        });
    }
}

async fn take(
    request: Request<Incoming>,
    told: Arc<Mutex<Vec<Span>>>,
) -> Result<Response<Empty<Bytes>>, Infallible> {
    assert_eq!(request.uri().path(), "/v1/traces");
    assert_eq!(request.headers()["content-type"], "application/x-protobuf");
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let exported = ExportTraceServiceRequest::decode(body).unwrap();
    for resource in exported.resource_spans {
        let about = attributes(resource.resource.unwrap_or_default().attributes);
        assert_eq!(about["service.name"], "chatchat");
        let spans = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
        let spans = spans.map(|span| read(&about["service.instance.id"], span));
        told.lock().unwrap().extend(spans);
    }
    Ok(Response::new(Empty::new()))
}

fn read(node: &str, told: Told) -> Span {
    let failed = |status: opentelemetry_proto::tonic::trace::v1::Status| status.code() == StatusCode::Error;
    Span {
        node: node.to_owned(),
        whole: format!("{told:?}"),
        is_server: told.kind() == SpanKind::Server,
        has_failed: told.status.clone().is_some_and(failed),
        trace: hex(&told.trace_id),
        id: hex(&told.span_id),
        parent: hex(&told.parent_span_id),
        links: told.links.iter().map(|link| hex(&link.trace_id)).collect(),
        attributes: attributes(told.attributes),
        name: told.name,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn attributes(all: Vec<KeyValue>) -> BTreeMap<String, String> {
    all.into_iter().map(|KeyValue { key, value, .. }| (key, text(value))).collect()
}

fn text(value: Option<AnyValue>) -> String {
    match value.and_then(|value| value.value) {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    }
}

/// From a span up to the first of its trace: their names.
pub(crate) fn lineage<'a>(spans: &'a [Span], of: &'a Span) -> Vec<&'a str> {
    let mut names = vec![of.name.as_str()];
    let mut at = of;
    while let Some(parent) = spans.iter().find(|span| span.id == at.parent) {
        names.push(&parent.name);
        at = parent;
    }
    names
}
