//! The service itself.

use serde_json::{Value, json};

use super::operation::{Operation, tagged};
use super::schema::{all_of, any_text, just, list_of, object, reference};

pub(super) fn operations() -> Vec<Operation> {
    tagged(
        "service",
        vec![
            at("/healthz", "isAlive", "Whether the process lives").answers(
                200,
                "It does.",
                object([("status", just("ok"))]),
            ),
            at("/readyz", "isReady", "Whether it can serve")
                .says("Its stores answer, and it is not going away.")
                .answers(
                    200,
                    "It can.",
                    object([
                        ("status", just("ready")),
                        (
                            "checks",
                            json!({
                                "type": "object",
                                "description": "For each server behind it, whether that answers.",
                                "additionalProperties": { "enum": ["ok", "unavailable"] },
                                "examples": [{ "database": "ok" }],
                            }),
                        ),
                    ]),
                ),
            at("/metrics", "getMetrics", "How the service fares, for Prometheus")
                .says("No label names a person or a conversation.")
                .answers_bytes(200, "Text, version 0.0.4.", "text/plain"),
            at("/problems", "listProblems", "Every problem code, explained").answers(
                200,
                "The codes.",
                all_of(reference("ProblemKind")),
            ),
            at("/problems/{code}", "getProblem", "A problem code, explained").answers(
                200,
                "The code.",
                reference("ProblemKind"),
            ),
            at("/.well-known/jwks.json", "getKeys", "The keys that prove access tokens (RFC 7517)").answers(
                200,
                "The keys.",
                object([("keys", list_of(key()))]),
            ),
            at("/media/avatars/{key}", "getAvatar", "A picture of a person or a group")
                .says("What is there never changes: a new picture has a new URL.")
                .answers_bytes(200, "The picture.", "image/jpeg")
                .sends_on(302, "To where it is."),
            at("/", "getApp", "The web client")
                .answers_bytes(200, "Its page.", "text/html")
                .done(304, "As it was: `If-None-Match`."),
            at(
                "/chatchat.js",
                "getModule",
                "The web client's way to talk to this server, for pages of your own",
            )
            .says("A module of JavaScript. Pages of allowed origins may import it.")
            .answers_bytes(200, "The module.", "text/javascript")
            .done(304, "As it was: `If-None-Match`."),
            at("/api/openapi.json", "getOpenApi", "This document").answers(200, "OpenAPI 3.1.", any_object()),
            at("/api/asyncapi.json", "getAsyncApi", "The same for WebSocket").answers(
                200,
                "AsyncAPI 3.",
                any_object(),
            ),
            at("/docs", "getDocs", "Both, to be read by people").answers_bytes(200, "A page.", "text/html"),
            at("/docs.css", "getDocsStyle", "How that page looks").answers_bytes(
                200,
                "A style sheet.",
                "text/css",
            ),
        ],
    )
}

fn at(path: &str, id: &'static str, summary: &'static str) -> Operation {
    Operation::new("get", path.to_owned(), id, summary).open()
}

fn any_object() -> Value {
    json!({ "type": "object", "examples": [{}] })
}

fn key() -> Value {
    json!({
        "type": "object",
        "description": "An Ed25519 key (RFC 8037).",
        "properties": { "kty": any_text(), "crv": any_text(), "kid": any_text(), "x": any_text() },
        "required": ["kty", "crv", "kid", "x"],
        "examples": [{ "kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }],
    })
}
