//! The words for what JSON looks like (JSON Schema 2020-12).

use serde_json::{Map, Value, json};

/// A value that is described once, below `components`.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// An object with exactly these fields. A name that ends in `?` may be absent.
pub(super) fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let mut schema = fields_of(fields);
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("additionalProperties".to_owned(), json!(false));
    }
    schema
}

/// What a client sends: an object with at least these fields, others are ignored. What may be absent may be null, which
/// says the same.
pub(super) fn input<const N: usize>(fields: [(&str, Value); N]) -> Value {
    fields_of(fields.map(|(name, schema)| {
        let schema = if name.ends_with('?') { nullable(schema) } else { schema };
        (name, schema)
    }))
}

fn fields_of<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for (name, schema) in fields {
        let field = name.trim_end_matches('?');
        if field == name {
            required.push(field);
        }
        properties.insert(field.to_owned(), schema);
    }
    json!({ "type": "object", "properties": properties, "required": required })
}

pub(super) fn list_of(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

pub(super) fn at_most(count: usize, items: Value) -> Value {
    json!({ "type": "array", "items": items, "maxItems": count })
}

/// A page of a list.
pub(super) fn page_of(items: Value) -> Value {
    object([
        ("items", list_of(items)),
        ("next_cursor", described("For the next page; null on the last.", nullable(any_text()))),
    ])
}

/// A whole list, which has no pages.
pub(super) fn all_of(items: Value) -> Value {
    object([("items", list_of(items))])
}

pub(super) fn nullable(schema: Value) -> Value {
    match schema.get("oneOf").and_then(Value::as_array) {
        Some(choices) if choices.contains(&json!({ "type": "null" })) => schema,
        _ => json!({ "oneOf": [schema, { "type": "null" }] }),
    }
}

pub(super) fn described(description: &str, mut schema: Value) -> Value {
    if let Some(fields) = schema.as_object_mut() {
        fields.insert("description".to_owned(), json!(description));
    }
    schema
}

/// The same, with an example of its own.
pub(super) fn such_as(example: &str, mut schema: Value) -> Value {
    if let Some(fields) = schema.as_object_mut() {
        fields.insert("examples".to_owned(), json!([example]));
    }
    schema
}

/// Text of so many characters.
pub(super) fn text(min: usize, max: usize) -> Value {
    json!({ "type": "string", "minLength": min, "maxLength": max })
}

pub(super) fn any_text() -> Value {
    json!({ "type": "string" })
}

pub(super) fn number() -> Value {
    json!({ "type": "integer", "format": "int64", "minimum": 0, "maximum": i64::MAX })
}

pub(super) fn flag() -> Value {
    json!({ "type": "boolean" })
}

pub(super) fn id() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

pub(super) fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

pub(super) fn url() -> Value {
    json!({ "type": "string", "format": "uri" })
}

pub(super) fn one_of(values: &[&str]) -> Value {
    json!({ "type": "string", "enum": values })
}

/// Exactly this text.
pub(super) fn just(value: &str) -> Value {
    json!({ "type": "string", "const": value })
}
