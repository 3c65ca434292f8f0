//! What clients may rely on, as documents that programs can read: OpenAPI 3.1 of everything over HTTP, AsyncAPI 3.0 of
//! the WebSocket; and both as a page for people.
//!
//! Limits and problem codes come from where they are enforced, examples from the schemas. A test holds that OpenAPI names
//! exactly the paths and methods that the server knows, and every end-to-end test holds each answer and each frame
//! against the documents.
//!
//! | file | holds |
//! | --- | --- |
//! | `operation` | the words in which an operation over HTTP is described |
//! | `schema`, `shapes` | the words for what JSON looks like, and what stands in several places |
//! | `people`, `social`, `chat`, `admin`, `service` | the operations over HTTP |
//! | `socket` | those over WebSocket, and the events |
//! | `example` | an example for every schema |
//! | `page` | the page |

mod admin;
mod chat;
mod example;
mod operation;
mod page;
mod people;
mod schema;
mod service;
mod shapes;
mod social;
mod socket;

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use operation::Operation;

const TITLE: &str = "chatchat";

/// The tags, in the order in which a reader meets them.
const TAGS: [(&str, &str); 9] = [
    ("accounts", "People: registration by e-mail code, profiles, passwords."),
    ("sessions", "Log-ins, and the tokens that come of them."),
    ("third-party log-in", "Log-in with an account at a third party."),
    ("friends", "Friend requests, friendships, blocks."),
    ("groups", "Groups, their members, and who may do what."),
    ("conversations", "Conversations, their changes, read cursors."),
    ("messages", "Messages, reactions, images and files, search."),
    ("admin", "Administration, with tokens of its own: `chatchat-server admin` makes them."),
    ("service", "The service itself: health, problems, keys, documents."),
];

/// The OpenAPI document as JSON.
pub(crate) static OPENAPI: LazyLock<String> = LazyLock::new(|| format!("{}\n", openapi()));
/// The AsyncAPI document as JSON.
pub(crate) static ASYNCAPI: LazyLock<String> = LazyLock::new(|| format!("{}\n", socket::asyncapi()));
/// Both as a page.
pub(crate) static PAGE: LazyLock<String> = LazyLock::new(|| page::html(&openapi(), &socket::asyncapi()));
/// How the page looks.
pub(crate) const STYLE: &str = include_str!("page.css");

/// The OpenAPI document, of the version of the program.
fn openapi() -> Value {
    let schemas = shapes::schemas();
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations() {
        let (path, method, description) = operation.finish(&schemas);
        let methods = paths.entry(path).or_insert_with(|| json!({}));
        if let Some(methods) = methods.as_object_mut() {
            methods.insert(method.to_owned(), description);
        }
    }
    let tags = TAGS.map(|(name, description)| json!({ "name": name, "description": description }));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "A chat service: people, friends, groups and messages.",
            "description": INTRODUCTION,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas,
            "examples": operation::problem_examples(),
            "headers": shapes::headers(),
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "An access token, as a log-in or a refresh gives it.",
                },
                "operator": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "An operator's token, good for a minute: made by who knows the service's secret.",
                },
            },
        },
    })
}

const INTRODUCTION: &str = "JSON, UTF-8, `snake_case`. Unknown request fields are ignored, unknown enum values refused. \
    Ids are opaque strings. Times are RFC 3339, UTC, with milliseconds, for display only. Errors are RFC 9457 \
    `application/problem+json` with a stable `code`, which `/problems/{code}` explains; `errors` only with 422. A malformed \
    or unknown id, and one that the caller may not know of, is 404. Lists take `limit` and `cursor`; messages page by \
    `seq`. Any path answers 405 with `Allow` to a method that it does not know. `traceparent` (W3C Trace Context) says of a \
    request where it comes from in a trace, and of an answer, if that is recorded, where it was made.";

fn operations() -> Vec<Operation> {
    let all = [people::operations(), social::operations(), chat::operations(), admin::operations()];
    [all.concat(), service::operations()].concat()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_operation_has_an_id_of_its_own_and_a_known_tag() {
        let document = openapi();
        let mut ids = BTreeSet::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                assert!(ids.insert(operation["operationId"].clone().to_string()), "{method} {path}");
                let tag = operation["tags"][0].as_str().unwrap();
                assert!(TAGS.iter().any(|(name, _)| *name == tag), "{method} {path}: {tag}");
            }
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn references(value: &Value, found: &mut BTreeSet<String>) {
            match value {
                Value::Object(fields) => {
                    if let Some(Value::String(to)) = fields.get("$ref") {
                        found.insert(to.clone());
                    }
                    fields.values().for_each(|value| references(value, found));
                }
                Value::Array(items) => items.iter().for_each(|value| references(value, found)),
                _ => {}
            }
        }
        for document in [openapi(), socket::asyncapi()] {
            let mut found = BTreeSet::new();
            references(&document, &mut found);
            for to in found {
                assert!(document.pointer(to.trim_start_matches('#')).is_some(), "{to}");
            }
        }
    }

    #[test]
    fn the_document_names_exactly_what_the_server_knows() {
        let document = openapi();
        let mut documented = BTreeSet::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            documented.extend(
                methods.as_object().unwrap().keys().map(|method| format!("{} {path}", method.to_uppercase())),
            );
        }
        let known: BTreeSet<String> = crate::http::known()
            .into_iter()
            .filter(|endpoint| !endpoint.starts_with("HEAD ") && !is_elsewhere(endpoint))
            .collect();
        let missing: Vec<_> = known.difference(&documented).collect();
        let invented: Vec<_> = documented.difference(&known).collect();
        assert!(missing.is_empty() && invented.is_empty(), "missing: {missing:?}, invented: {invented:?}");
    }

    /// The socket has a document of its own; the parts of the web client are its own affair; `/dev` is for development.
    fn is_elsewhere(endpoint: &str) -> bool {
        let elsewhere = ["GET /api/v1/ws", "GET /assets/", "GET /chatchat/", "GET /dev/"];
        elsewhere.iter().any(|beginning| endpoint.starts_with(beginning))
    }

    #[test]
    fn no_example_is_left_blank() {
        assert!(!OPENAPI.contains("\"…\""));
        assert!(!ASYNCAPI.contains("\"…\""));
    }

    #[test]
    fn the_page_shows_every_operation_and_every_event() {
        for operation in operations() {
            assert!(PAGE.contains(operation.id()), "{}", operation.id());
        }
        for name in socket::asyncapi()["components"]["messages"].as_object().unwrap().keys() {
            assert!(PAGE.contains(name.as_str()), "{name}");
        }
    }
}
