//! Whether a message may be stored: what both engines ask before they store one.

use chatchat_domain::conversation::{Action, Draft, Standing};
use chatchat_domain::{Error, Violation};

use super::types::stored;

/// What is known of a draft's sender and its conversation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scene {
    pub(crate) standing: Standing,
    pub(crate) floor: i64,
    pub(crate) last_seq: i64,
    /// Whether those whom the draft mentions are members.
    pub(crate) all_are_members: bool,
    /// Whether the attachment that it holds is there, should it hold one.
    pub(crate) attachment_is_there: bool,
}

/// Whether the draft may be stored.
pub(crate) fn check(draft: &Draft, scene: Scene) -> Result<(), Error> {
    Action::Send.check(scene.standing)?;
    let mut violations = Vec::new();
    let readable = scene.floor + 1..=scene.last_seq;
    if draft.reply_to.is_some_and(|seq| !readable.contains(&stored(seq.0))) {
        violations.push(Violation::new("reply_to", "unknown", "must be a message of this conversation"));
    }
    if !scene.attachment_is_there {
        violations.push(Violation::new("content.attachment_id", "unknown", "must be something you can read"));
    }
    if !scene.all_are_members {
        violations.push(Violation::new("mentions", "not_a_member", "must be members of this conversation"));
    }
    if violations.is_empty() { Ok(()) } else { Err(Error::Invalid(violations)) }
}
