//! An example of everything, made from its schema, so that none can contradict it.

use serde_json::{Map, Value, json};

/// A value that the schema allows: constants as they are, the first of several choices, and for everything else what
/// stands below. References lead into `schemas`.
pub(super) fn of(schema: &Value, schemas: &Value) -> Value {
    named("", schema, schemas)
}

fn named(name: &str, schema: &Value, schemas: &Value) -> Value {
    if let Some(to) = schema["$ref"].as_str() {
        let referred = to.rsplit('/').next().unwrap_or_default();
        return named(name, &schemas[referred], schemas);
    }
    if let Some(constant) = schema.get("const") {
        return constant.clone();
    }
    if let Some(first) = schema.pointer("/enum/0").or_else(|| schema.pointer("/examples/0")) {
        return first.clone();
    }
    if let Some(first) = schema.pointer("/oneOf/0").or_else(|| schema.pointer("/allOf/0")) {
        return named(name, first, schemas);
    }
    match kind(schema) {
        "object" => {
            let fields = schema["properties"].as_object().into_iter().flatten();
            Value::Object(
                fields
                    .map(|(name, field)| (name.clone(), named(name, field, schemas)))
                    .collect::<Map<_, _>>(),
            )
        }
        "array" => json!([named(name, &schema["items"], schemas)]),
        "integer" => number(name).into(),
        "boolean" => false.into(),
        _ => text(name, schema["format"].as_str()).into(),
    }
}

/// The type; the first one where there are several.
fn kind(schema: &Value) -> &str {
    schema["type"].as_str().or_else(|| schema.pointer("/type/0")?.as_str()).unwrap_or_default()
}

fn number(name: &str) -> u64 {
    match name {
        "expires_in" => 900,
        "refresh_expires_in" => 2_592_000,
        "heartbeat_seconds" => 30,
        "after_ms" => 1500,
        "size" => 48_213,
        "width" => 1200,
        "height" => 800,
        "member_count" => 3,
        "read_seq" => 40,
        "rev" | "head_rev" | "through_rev" | "after_rev" => 45,
        "unread" | "mentions" | "count" => 1,
        "status" => 422,
        _ => 41,
    }
}

fn text(name: &str, format: Option<&str>) -> &'static str {
    match (format, name) {
        (Some("uuid"), _) => "0190a1b2-c3d4-7e5f-8a6b-1c2d3e4f5a6b",
        (Some("date-time"), _) => "2026-01-31T08:00:00.000Z",
        (Some("uri"), _) => "https://chat.example/media/avatars/0190a1b2c3d47e5f",
        (_, "access_token") => "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIwMTkwYTFiMiJ9.c2lnbmF0dXJl",
        (_, "refresh_token" | "login_code" | "binding_token" | "next_cursor") => "q7mZ0vX2c3R5b8tY1nL4wA",
        (_, "name" | "username" | "title") => "Ann",
        (_, "email") => "ann@example.com",
        (_, "password" | "new_password" | "current_password") => "correct horse battery",
        (_, "code") => "482913",
        (_, "bio") => "Likes tea.",
        (_, "description") => "All about tea.",
        (_, "note") => "We met in the tea house.",
        (_, "remark") => "Ann from the tea house",
        (_, "device") => "Ann's phone",
        (_, "client_id") => "5f0c2a9e-6a7e-4b63-9f0e-0a4f3c1d2b7a",
        (_, "text") => "上海见！",
        (_, "emoji") => "👍",
        (_, "content_type") => "image/png",
        (_, "provider") => "simulated",
        (_, "subject") => "7b6d",
        (_, "ip") => "203.0.113.7",
        (_, "field") => "name",
        (_, "detail") => "must have at most 64 characters",
        (_, "type") => "/problems/validation_failed",
        (_, "request_id" | "id") => "7",
        _ => "…",
    }
}
