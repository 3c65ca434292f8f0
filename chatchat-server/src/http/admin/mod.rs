//! Administration: people, groups, keys, owed work, where a message is, and the log of what operators do.
//!
//! It is not for access tokens but for those of operators ([`Operator`]), whom nobody else can pretend to be.

mod audit;
mod groups;
mod keys;
mod messages;
mod operator;
mod outbox;
mod people;

use super::endpoint::{Endpoint, at};
use crate::traffic::Class;
use operator::Operator;

/// Its paths, below `/api/v1`.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let at = |path| at(path).class(Class::Service);
    vec![
        at("/admin/users").get(people::list),
        at("/admin/users/{id}").get(people::find),
        at("/admin/users/{id}/suspension").put(people::suspend).delete(people::reinstate),
        at("/admin/users/{id}/sessions").delete(people::end_sessions),
        at("/admin/groups").get(groups::list),
        at("/admin/groups/{id}").get(groups::find).delete(groups::delete),
        at("/admin/groups/{id}/owner").put(groups::transfer),
        at("/admin/keys").get(keys::list).post(keys::rotate),
        at("/admin/keys/{kid}").delete(keys::retire),
        at("/admin/outbox").get(outbox::list),
        at("/admin/outbox/{id}/retry").post(outbox::retry),
        at("/admin/code-limits/clear").post(people::clear_code_limits),
        at("/admin/messages/trail").get(messages::trail),
        at("/admin/audit").get(audit::list),
    ]
}
