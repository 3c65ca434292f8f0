//! Answers for people.

use serde_json::Value;

pub(super) const PEOPLE: &[&str] = &["id", "email", "name", "created_at", "suspended_at", "closed_at"];
pub(super) const GROUPS: &[&str] = &["id", "name", "owner_id", "join_policy", "member_count", "created_at"];
pub(super) const KEYS: &[&str] = &["kid", "name", "created_at", "state"];
pub(super) const WORK: &[&str] = &["id", "kind", "subject", "created_at", "due_at", "attempts", "last_error"];
pub(super) const AUDIT: &[&str] = &["at", "operator", "action", "subject", "detail"];
const STEPS: &[&str] = &["at", "step", "node", "user_id", "session_id"];
const SESSIONS: &[&str] = &["id", "device", "ip", "created_at", "last_seen_at"];

/// Between two columns.
const GAP: &str = "  ";

/// How an answer looks.
#[derive(Debug, Clone, Copy)]
pub(super) enum Layout {
    /// There is nothing in it.
    Done,
    /// A thing: a line for each of its fields.
    One,
    /// A part of a list: a line for each thing, with these of its fields.
    List(&'static [&'static str]),
    /// Messages, and what became of each.
    Trails,
}

impl Layout {
    pub(super) fn show(self, answer: &Value) -> String {
        match self {
            Self::Done => "done\n".to_owned(),
            Self::One => one(answer),
            Self::List(fields) => list(answer, fields),
            Self::Trails => trails(answer),
        }
    }
}

fn one(thing: &Value) -> String {
    let fields = thing.as_object().into_iter().flatten().filter(|(_, value)| !value.is_array());
    let width = fields.clone().map(|(name, _)| name.len()).max().unwrap_or_default();
    let mut text: String =
        fields.map(|(name, value)| format!("{name:width$}{GAP}{}\n", cell(value))).collect();
    if let Some(sessions) = thing["sessions"].as_array().filter(|sessions| !sessions.is_empty()) {
        text.push_str("\nsessions\n");
        text.push_str(&table(sessions, SESSIONS));
    }
    text
}

fn trails(answer: &Value) -> String {
    let mut text = String::new();
    for trail in answer["items"].as_array().into_iter().flatten() {
        let message = trail.get("message").unwrap_or(&Value::Null);
        text.push_str(&one(message));
        let read_by = message["read_by"].as_array().into_iter().flatten().map(cell);
        text.push_str(&format!("read_by{GAP}{}\n\n", read_by.collect::<Vec<_>>().join(" ")));
        let steps = trail["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
        let nothing = "no node remembers it any more\n".to_owned();
        text.push_str(&if steps.is_empty() { nothing } else { table(steps, STEPS) });
        text.push('\n');
    }
    let nodes = answer["nodes"].as_array().map_or(0, Vec::len);
    let others = if answer["complete"] == true { "" } else { "; others cannot be asked now" };
    text.push_str(&format!("answered by {nodes} node(s){others}\n"));
    text
}

fn list(page: &Value, fields: &[&str]) -> String {
    let items = page["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut text = if items.is_empty() { "none\n".to_owned() } else { table(items, fields) };
    if let Some(cursor) = page["next_cursor"].as_str() {
        text.push_str(&format!("more with --cursor {cursor}\n"));
    }
    text
}

/// A head, and a line for each thing, in columns.
fn table(things: &[Value], fields: &[&str]) -> String {
    let head: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
    let row = |thing: &Value| fields.iter().map(|field| cell(&thing[*field])).collect::<Vec<String>>();
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(things.iter().map(row)).collect();
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..fields.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}", width = *width));
        format!("{}\n", cells.collect::<Vec<_>>().join(GAP).trim_end())
    };
    rows.iter().map(line).collect()
}

/// A value on one line. What others have brought about is not to move the cursor of a terminal.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_stands_in_columns_and_says_how_to_go_on() {
        let page = json!({ "items": [
            { "at": "2026", "operator": "olga", "action": "suspend", "subject": "u1", "detail": "spam" },
            { "at": "2025", "operator": "上海", "action": "end_sessions", "subject": "u2", "detail": null },
        ], "next_cursor": "abc" });
        let expected = "at    operator  action        subject  detail\n\
                        2026  olga      suspend       u1       spam\n\
                        2025  上海        end_sessions  u2       -\n\
                        more with --cursor abc\n";
        assert_eq!(Layout::List(AUDIT).show(&page), expected);
        assert_eq!(Layout::List(AUDIT).show(&json!({ "items": [], "next_cursor": null })), "none\n");
    }

    #[test]
    fn a_trail_says_who_has_read_and_what_was_seen() {
        let step =
            json!({ "at": "2026", "step": "committed", "node": "n1", "user_id": null, "session_id": null });
        let trail = json!({ "message": { "seq": 7, "read_by": ["bob"] }, "steps": [step] });
        let shown = Layout::Trails.show(&json!({ "items": [trail], "nodes": ["n1"], "complete": false }));
        let expected = "seq  7\nread_by  bob\n\n\
                        at    step       node  user_id  session_id\n2026  committed  n1    -        -\n\n\
                        answered by 1 node(s); others cannot be asked now\n";
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_thing_has_a_line_for_each_field_and_moves_no_cursor() {
        let person =
            json!({ "id": "u1", "name": "a\u{1b}[2J\nb", "sessions": [{ "id": "s1", "ip": "::1" }] });
        let shown = Layout::One.show(&person);
        assert!(shown.starts_with("id    u1\nname  a [2J b\n\nsessions\nid  "), "{shown}");
        assert!(shown.contains("\ns1  -       ::1"), "{shown}");
        assert_eq!(Layout::Done.show(&Value::Null), "done\n");
    }
}
