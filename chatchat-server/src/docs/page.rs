//! Both documents as one page that needs no script and no other host.

#![allow(clippy::indexing_slicing, reason = "where nothing is in JSON, looking there gives null")]

use std::fmt::Write as _;

use serde_json::Value;

use crate::http::escape;

/// The page, as HTML.
pub(super) fn html(openapi: &Value, asyncapi: &Value) -> String {
    let mut page = Page::default();
    page.put("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>chatchat API</title>");
    page.put("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    page.put("<link rel=\"stylesheet\" href=\"/docs.css\">");
    let (title, version) = (text(&openapi["info"]["title"]), text(&openapi["info"]["version"]));
    page.put(&format!(
        "<h1>{} {}</h1><p>{}</p>",
        escape(title),
        escape(version),
        words(&openapi["info"]["description"])
    ));
    page.put("<p>For programs: <a href=\"/api/openapi.json\">OpenAPI 3.1</a>, ");
    page.put("<a href=\"/api/asyncapi.json\">AsyncAPI 3.0</a>, <a href=\"/problems\">problem codes</a>.</p><nav><ul>");
    for tag in list(&openapi["tags"]) {
        let name = text(&tag["name"]);
        page.put(&format!("<li><a href=\"#{}\">{}</a>", anchor(name), escape(name)));
    }
    page.put("<li><a href=\"#websocket\">WebSocket</a><li><a href=\"#schemas\">schemas</a></ul></nav>");
    for tag in list(&openapi["tags"]) {
        page.tag(tag, &openapi["paths"]);
    }
    page.socket(asyncapi);
    page.put("<h2 id=\"schemas\">Schemas</h2>");
    for (name, schema) in fields(&openapi["components"]["schemas"]) {
        let name = escape(name);
        page.put(&format!("<h3 id=\"schema-{name}\">{name}</h3><pre>{}</pre>", notation(schema, 0)));
    }
    page.0
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn put(&mut self, part: &str) {
        self.0.push_str(part);
    }

    fn tag(&mut self, tag: &Value, paths: &Value) {
        let name = text(&tag["name"]);
        let (id, description) = (anchor(name), words(&tag["description"]));
        self.put(&format!("<h2 id=\"{id}\">{}</h2><p>{description}</p>", escape(name)));
        for (path, methods) in fields(paths) {
            for (method, operation) in fields(methods).filter(|(_, operation)| operation["tags"][0] == name) {
                self.operation(path, method, operation);
            }
        }
    }

    fn operation(&mut self, path: &str, method: &str, operation: &Value) {
        let id = escape(text(&operation["operationId"]));
        self.put(&format!(
            "<details id=\"{id}\"><summary><code><span class=\"method\">{method}</span> {}</code> ",
            escape(path)
        ));
        self.put(&format!(
            "{}</summary><div><p>{}</p>",
            words(&operation["summary"]),
            words(&operation["description"])
        ));
        if list(&operation["security"]).next().is_none() {
            self.put("<p>Needs no access token.</p>");
        }
        self.table(list(&operation["parameters"]).map(|parameter| {
            let name = format!("{} ({})", text(&parameter["name"]), text(&parameter["in"]));
            (
                name,
                format!(
                    "<code>{}</code> {}",
                    notation(&parameter["schema"], 0),
                    words(&parameter["description"])
                ),
            )
        }));
        for (kind, content) in fields(&operation["requestBody"]["content"]) {
            self.put(&format!("<h4>It takes <code>{}</code></h4>", escape(kind)));
            self.content(content);
        }
        self.put("<h4>It answers</h4>");
        for (status, answer) in fields(&operation["responses"]).filter(|(status, _)| *status < "400") {
            self.put(&format!("<p><b>{status}</b> {}</p>", words(&answer["description"])));
            for (_, content) in fields(&answer["content"]) {
                self.content(content);
            }
        }
        self.put("<h4>Or a problem</h4>");
        let problems = fields(&operation["responses"]).filter(|(status, _)| *status >= "400");
        self.table(problems.map(|(status, answer)| (status.to_owned(), words(&answer["description"]))));
        self.put("</div></details>");
    }

    fn content(&mut self, content: &Value) {
        if content["schema"].is_object() {
            self.put(&format!("<pre>{}</pre>", notation(&content["schema"], 0)));
        }
        self.example(&content["example"]);
    }

    fn example(&mut self, example: &Value) {
        if !example.is_null() {
            self.put(&format!(
                "<details><summary>Example</summary><div><pre>{}</pre></div></details>",
                escape(&format!("{example:#}"))
            ));
        }
    }

    fn table(&mut self, rows: impl Iterator<Item = (String, String)>) {
        let mut rows = rows.peekable();
        if rows.peek().is_none() {
            return;
        }
        self.put("<table>");
        for (name, meaning) in rows {
            self.put(&format!("<tr><th>{}</th><td>{meaning}</td></tr>", escape(&name)));
        }
        self.put("</table>");
    }

    fn socket(&mut self, asyncapi: &Value) {
        self.put(&format!(
            "<h2 id=\"websocket\">WebSocket</h2><p>{}</p>",
            words(&asyncapi["info"]["description"])
        ));
        for (title, prefix) in
            [("What clients send", "op."), ("What they are answered", "reply."), ("What they hear", "event.")]
        {
            self.put(&format!("<h3>{title}</h3>"));
            let messages = fields(&asyncapi["components"]["messages"]);
            for (key, message) in messages.filter(|(key, _)| key.starts_with(prefix)) {
                let (id, name) = (escape(key), escape(key.trim_start_matches(prefix)));
                self.put(&format!(
                    "<details id=\"{id}\"><summary><code>{name}</code> {}</summary><div>",
                    words(&message["summary"])
                ));
                self.put(&format!("<pre>{}</pre>", notation(&message["payload"], 0)));
                self.example(&message["examples"][0]["payload"]);
                self.put("</div></details>");
            }
        }
    }
}

/// The id of a heading, in which no space may stand.
fn anchor(name: &str) -> String {
    escape(name).replace(' ', "-")
}

/// What JSON of this schema looks like, in a notation for people.
fn notation(schema: &Value, depth: usize) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|to| to.rsplit('/').next()) {
        return format!("<a href=\"#schema-{0}\">{0}</a>", escape(name));
    }
    if let Some(constant) = schema.get("const") {
        return escape(&constant.to_string());
    }
    if let Some(values) = schema.get("enum") {
        return list(values).map(|value| escape(&value.to_string())).collect::<Vec<_>>().join(" | ");
    }
    if let Some(choices) = schema.get("oneOf").or_else(|| schema.get("allOf")) {
        return list(choices).map(|choice| notation(choice, depth)).collect::<Vec<_>>().join(" | ");
    }
    match text(&schema["type"]) {
        "object" => object(schema, depth),
        "array" => format!("[{}]{}", notation(&schema["items"], depth), bounds(schema, "Items")),
        "string" => match schema["format"].as_str() {
            Some(format) => format!("{}{}", escape(format), bounds(schema, "Length")),
            None => format!("text{}", bounds(schema, "Length")),
        },
        "integer" => format!("number{}", bounds(schema, "imum")),
        other => escape(other),
    }
}

fn object(schema: &Value, depth: usize) -> String {
    let mut whole = "{".to_owned();
    let indent = "  ".repeat(depth + 1);
    for (name, field) in fields(&schema["properties"]) {
        let mark = if list(&schema["required"]).any(|required| required == name) { "" } else { "?" };
        let comment = match field["description"].as_str() {
            Some(description) => format!("  // {}", escape(description)),
            None => String::new(),
        };
        let _infallible =
            write!(whole, "\n{indent}{}{mark}: {},{comment}", escape(name), notation(field, depth + 1));
    }
    if schema["additionalProperties"].is_object() {
        let _infallible =
            write!(whole, "\n{indent}[key]: {},", notation(&schema["additionalProperties"], depth + 1));
    }
    if whole.len() > 1 {
        let _infallible = write!(whole, "\n{}", "  ".repeat(depth));
    }
    whole.push('}');
    whole
}

/// The bounds that a schema sets by `min…` and `max…`.
fn bounds(schema: &Value, of: &str) -> String {
    let bound = |side: &str| schema[format!("{side}{of}")].as_u64();
    match (bound("min"), bound("max").filter(|max| *max < i64::MAX.unsigned_abs())) {
        (Some(min), Some(max)) => format!("({min}..{max})"),
        (None, Some(max)) => format!("(..{max})"),
        (Some(min), None) if min > 0 => format!("({min}..)"),
        _ => String::new(),
    }
}

/// Text as it stands in the page, with `code` where backquotes say so.
fn words(value: &Value) -> String {
    let parts = text(value).split('`').enumerate();
    let part = |(at, part): (usize, &str)| match at % 2 {
        1 => format!("<code>{}</code>", escape(part)),
        _ => escape(part),
    };
    parts.map(part).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn fields(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}
