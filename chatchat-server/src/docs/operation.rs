//! The words in which an operation is described.

use std::collections::{BTreeMap, BTreeSet};

use chatchat_domain::page::Limit;
use serde_json::{Map, Value, json};

use super::example;
use super::schema::{any_text, id, number, reference};
use crate::problem::{Kind, catalogue};

/// An operation: a method on a path, what it takes, and all that it may answer.
#[derive(Clone)]
pub(super) struct Operation {
    method: &'static str,
    path: String,
    tag: &'static str,
    id: &'static str,
    summary: &'static str,
    description: String,
    caller: Caller,
    parameters: Vec<Value>,
    body: Option<Value>,
    answers: BTreeMap<u16, Value>,
    codes: BTreeSet<(u16, &'static str)>,
}

/// Who may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    Anybody,
    Person,
    Operator,
}

impl Caller {
    fn security(self) -> Value {
        match self {
            Self::Anybody => json!([]),
            Self::Person => json!([{ "bearer": [] }]),
            Self::Operator => json!([{ "operator": [] }]),
        }
    }
}

/// A method on a path below `/api/v1`, for who presents an access token.
pub(super) fn operation(
    method: &'static str,
    path: &str,
    id: &'static str,
    summary: &'static str,
) -> Operation {
    Operation::new(method, format!("/api/v1{path}"), id, summary).refuses(&["rate_limited"])
}

/// These operations, under one heading.
pub(super) fn tagged(tag: &'static str, operations: Vec<Operation>) -> Vec<Operation> {
    operations.into_iter().map(|operation| Operation { tag, ..operation }).collect()
}

impl Operation {
    /// A method on any path.
    pub(super) fn new(method: &'static str, path: String, id: &'static str, summary: &'static str) -> Self {
        let operation = Self {
            method,
            parameters: path_parameters(&path),
            path,
            tag: "service",
            id,
            summary,
            description: String::new(),
            caller: Caller::Person,
            body: None,
            answers: BTreeMap::new(),
            codes: BTreeSet::new(),
        };
        let has_id = !operation.parameters.is_empty();
        let operation = operation.refuses(&["internal_error", "unavailable", "unauthenticated"]);
        if has_id { operation.refuses(&["not_found"]) } else { operation }
    }

    /// More words on what it does.
    pub(super) fn says(mut self, description: &str) -> Self {
        description.clone_into(&mut self.description);
        self
    }

    /// For everybody, without a token.
    pub(super) fn open(mut self) -> Self {
        self.caller = Caller::Anybody;
        self.codes.retain(|(_, code)| *code != "unauthenticated");
        self
    }

    /// For who presents an operator's token.
    pub(super) fn by_operators(mut self) -> Self {
        self.caller = Caller::Operator;
        self
    }

    /// What may stand after the question mark.
    pub(super) fn query(self, name: &str, schema: Value, description: &str) -> Self {
        self.parameter("query", name, schema, description, false)
            .refuses(&["malformed_request", "validation_failed"])
    }

    /// What must stand after the question mark.
    pub(super) fn must_query(self, name: &str, schema: Value, description: &str) -> Self {
        self.parameter("query", name, schema, description, true)
            .refuses(&["malformed_request", "validation_failed"])
    }

    /// A header that tells something.
    pub(super) fn header(self, name: &str, description: &str) -> Self {
        self.parameter("header", name, any_text(), description, false)
    }

    fn parameter(
        mut self,
        place: &str,
        name: &str,
        schema: Value,
        description: &str,
        required: bool,
    ) -> Self {
        self.parameters.push(json!({
            "name": name, "in": place, "required": required, "schema": schema, "description": description
        }));
        self
    }

    /// A list, in pages.
    pub(super) fn paged(self) -> Self {
        self.limited().query("cursor", any_text(), "`next_cursor` of the page before.")
    }

    /// So many items at once.
    pub(super) fn limited(self) -> Self {
        self.query("limit", limit(), "How many items at most.")
    }

    /// The JSON that it takes.
    pub(super) fn takes(mut self, schema: Value) -> Self {
        self.body =
            Some(json!({ "required": true, "content": { "application/json": { "schema": schema } } }));
        self.refuses(BODY_PROBLEMS)
    }

    /// The JSON that it may be given.
    pub(super) fn may_take(mut self, schema: Value) -> Self {
        self.body =
            Some(json!({ "required": false, "content": { "application/json": { "schema": schema } } }));
        self.refuses(BODY_PROBLEMS)
    }

    /// The bytes that it takes, of one of these types.
    pub(super) fn takes_bytes(mut self, types: &[&str], max: usize) -> Self {
        let bytes = json!({ "schema": { "type": "string", "format": "binary", "maxLength": max } });
        let content: BTreeMap<&str, &Value> = types.iter().map(|kind| (*kind, &bytes)).collect();
        self.body = Some(json!({ "required": true, "content": content }));
        self.refuses(BODY_PROBLEMS)
    }

    pub(super) fn answers(self, status: u16, description: &str, schema: Value) -> Self {
        self.answers_with(status, description, json!({ "application/json": { "schema": schema } }))
    }

    /// An answer that is no JSON.
    pub(super) fn answers_bytes(self, status: u16, description: &str, kind: &str) -> Self {
        self.answers_with(status, description, json!({ kind: {} }))
    }

    fn answers_with(mut self, status: u16, description: &str, content: Value) -> Self {
        let headers = json!({ "X-Request-Id": header_reference("X-Request-Id") });
        let answer = json!({ "description": description, "headers": headers, "content": content });
        self.answers.insert(status, answer);
        self
    }

    /// An answer without a body.
    pub(super) fn done(mut self, status: u16, description: &str) -> Self {
        let headers = json!({ "X-Request-Id": header_reference("X-Request-Id") });
        self.answers.insert(status, json!({ "description": description, "headers": headers }));
        self
    }

    /// An answer that sends the client elsewhere.
    pub(super) fn sends_on(mut self, status: u16, description: &str) -> Self {
        let headers = json!({
            "X-Request-Id": header_reference("X-Request-Id"), "Location": header_reference("Location")
        });
        self.answers.insert(status, json!({ "description": description, "headers": headers }));
        self
    }

    /// A header of the answer with this status.
    pub(super) fn with_header(mut self, status: u16, name: &str) -> Self {
        let headers = self.answers.get_mut(&status).and_then(|answer| answer.get_mut("headers"));
        if let Some(headers) = headers.and_then(Value::as_object_mut) {
            headers.insert(name.to_owned(), header_reference(name));
        }
        self
    }

    /// The problems that may come in its place.
    pub(super) fn refuses(mut self, codes: &[&'static str]) -> Self {
        let kinds = catalogue();
        let kind =
            |code: &&str| kinds.iter().find(|kind| kind.code == *code).map(|kind| (kind.status, kind.code));
        self.codes.extend(codes.iter().filter_map(kind));
        self
    }

    /// A problem that has another status here than elsewhere.
    pub(super) fn refuses_as(mut self, status: u16, code: &'static str) -> Self {
        self.codes.insert((status, code));
        self
    }

    /// Its name.
    #[cfg(test)]
    pub(super) const fn id(&self) -> &'static str {
        self.id
    }

    /// Its path, its method, and its description as OpenAPI has it, with an example of everything.
    pub(super) fn finish(mut self, schemas: &Value) -> (String, &'static str, Value) {
        let parts = self.answers.values_mut().chain(self.body.as_mut());
        for content in parts.filter_map(|part| part.pointer_mut("/content/application~1json")) {
            let example = example::of(&content["schema"], schemas);
            content["example"] = example;
        }
        let answers = self.answers.into_iter().chain(problems(&self.codes));
        let responses: BTreeMap<String, Value> =
            answers.map(|(status, answer)| (status.to_string(), answer)).collect();
        let mut description = json!({
            "operationId": self.id,
            "tags": [self.tag],
            "summary": self.summary,
            "parameters": self.parameters,
            "responses": responses,
            "security": self.caller.security(),
        });
        if let Some(fields) = description.as_object_mut() {
            if !self.description.is_empty() {
                fields.insert("description".to_owned(), json!(self.description));
            }
            fields.extend(self.body.map(|body| ("requestBody".to_owned(), body)));
        }
        (self.path, self.method, description)
    }
}

const BODY_PROBLEMS: &[&str] = &[
    "malformed_request",
    "payload_too_large",
    "unsupported_media_type",
    "request_timeout",
    "validation_failed",
];

fn header_reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

/// One answer for each status: the problems that share it, each with an example.
fn problems(codes: &BTreeSet<(u16, &'static str)>) -> BTreeMap<u16, Value> {
    let kinds = catalogue();
    let mut by_status: BTreeMap<u16, Vec<Kind>> = BTreeMap::new();
    for (status, code) in codes {
        let kind = kinds.iter().find(|kind| kind.code == *code);
        by_status.entry(*status).or_default().extend(kind.map(|kind| Kind { status: *status, ..*kind }));
    }
    by_status.into_iter().map(|(status, kinds)| (status, problem(status, &kinds))).collect()
}

fn problem(status: u16, kinds: &[Kind]) -> Value {
    let codes: Vec<&str> = kinds.iter().map(|kind| kind.code).collect();
    let examples: BTreeMap<&str, Value> = kinds.iter().map(|kind| (kind.code, example_here(kind))).collect();
    let mut headers = json!({ "X-Request-Id": header_reference("X-Request-Id") });
    let more: &[&str] = match status {
        401 => &["WWW-Authenticate"],
        429 => &["Retry-After", "RateLimit", "RateLimit-Policy"],
        503 => &["Retry-After"],
        _ => &[],
    };
    if let Some(headers) = headers.as_object_mut() {
        headers.extend(more.iter().map(|name| ((*name).to_owned(), header_reference(name))));
    }
    let schema = json!({
        "allOf": [reference("Problem")], "properties": { "code": { "enum": codes }, "status": { "const": status } }
    });
    json!({
        "description": codes.iter().map(|code| format!("`{code}`")).collect::<Vec<_>>().join(", "),
        "headers": headers,
        "content": { "application/problem+json": { "schema": schema, "examples": examples } },
    })
}

/// An example of every problem, by code.
pub(super) fn problem_examples() -> Value {
    catalogue().iter().map(|kind| (kind.code.to_owned(), example(kind))).collect::<Map<_, _>>().into()
}

/// The one that stands for all, unless the problem has another status here.
fn example_here(kind: &Kind) -> Value {
    if catalogue().contains(kind) {
        return json!({ "$ref": format!("#/components/examples/{}", kind.code) });
    }
    example(kind)
}

fn example(kind: &Kind) -> Value {
    let violation =
        json!({ "field": "name", "code": "too_long", "detail": "must have at most 64 characters" });
    let mut problem = Map::from_iter([
        ("type".to_owned(), format!("/problems/{}", kind.code).into()),
        ("title".to_owned(), kind.title.into()),
        ("status".to_owned(), kind.status.into()),
        ("detail".to_owned(), kind.title.into()),
        ("code".to_owned(), kind.code.into()),
        ("request_id".to_owned(), "1f0c9d-42".into()),
    ]);
    if kind.code == "validation_failed" {
        problem.insert("errors".to_owned(), json!([violation]));
    }
    json!({ "summary": kind.title, "value": problem })
}

/// How many items a page may hold.
pub(super) fn limit() -> Value {
    json!({ "type": "integer", "minimum": 1, "maximum": Limit::MAX.get(), "default": Limit::default().get() })
}

/// The parts of the path that vary.
fn path_parameters(path: &str) -> Vec<Value> {
    let names = path.split('{').skip(1).filter_map(|part| part.split('}').next());
    names
        .map(|name| {
            let schema = match name {
                "seq" => number(),
                "provider" | "code" | "key" | "kid" => any_text(),
                "emoji" => json!({ "type": "string", "description": "One emoji.", "examples": ["👍"] }),
                _ => id(),
            };
            json!({ "name": name, "in": "path", "required": true, "schema": schema })
        })
        .collect()
}
