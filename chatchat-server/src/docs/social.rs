//! Friends and groups.

use chatchat_domain::attachment::ContentType;
use chatchat_domain::friend::{Note, Remark};
use chatchat_domain::group::{Description, GroupName, MAX_FIRST_MEMBERS};
use chatchat_domain::text::Query;
use serde_json::{Value, json};

use super::operation::{Operation, operation, tagged};
use super::people::email;
use super::schema::{
    at_most, described, id, input, just, object, one_of, page_of, reference, such_as, text, time,
};
use crate::http::MAX_PICTURE;

pub(super) fn operations() -> Vec<Operation> {
    [tagged("friends", friends()), tagged("groups", groups()), tagged("groups", members())].concat()
}

fn friends() -> Vec<Operation> {
    let note = || ("note?", text(0, Note::MAX_CHARS));
    vec![
        operation("post", "/friend-requests", "askFriend", "Ask somebody to be friends")
            .says("If the other side has asked already, both are friends at once.")
            .takes(json!({ "oneOf": [
                input([("user_id", id()), note()]),
                input([("email", email()), note()]),
            ] }))
            .answers(201, "The request, or a friendship at once.", reference("FriendRequest"))
            .answers(200, "The request that is pending already.", reference("FriendRequest"))
            .refuses(&["not_found", "already_friends", "blocked"]),
        operation("get", "/friend-requests", "listFriendRequests", "Pending friend requests")
            .query("direction", one_of(&["incoming", "outgoing"]), "Those from others, which is the default, or one's own.")
            .paged()
            .answers(200, "The requests.", page_of(reference("FriendRequest"))),
        operation("delete", "/friend-requests/{id}", "cancelFriendRequest", "Take back one's request")
            .done(204, "It is taken back.")
            .refuses(&["not_pending"]),
        operation("post", "/friend-requests/{id}/accept", "acceptFriendRequest", "Accept a request")
            .answers(200, "The new friend.", reference("Friend"))
            .refuses(&["not_pending"]),
        operation("post", "/friend-requests/{id}/decline", "declineFriendRequest", "Decline a request")
            .answers(200, "The request as declined.", reference("FriendRequest"))
            .refuses(&["not_pending"]),
        operation("get", "/friends", "listFriends", "One's friends")
            .paged()
            .answers(200, "The friends.", page_of(reference("Friend"))),
        operation("patch", "/friends/{id}", "setRemark", "Note something about a friend, for oneself alone")
            .takes(input([("remark?", described("Null takes it back.", text(0, Remark::MAX_CHARS)))]))
            .answers(200, "The friend.", reference("Friend")),
        operation("delete", "/friends/{id}", "unfriend", "End a friendship")
            .says("The history stays readable to both; neither can write there any more.")
            .done(204, "It is ended."),
        operation("get", "/blocks", "listBlocks", "Whom one blocks")
            .paged()
            .answers(200, "Those blocked.", page_of(reference("User"))),
        operation("put", "/blocks/{user_id}", "block", "Block somebody")
            .says("Ends the friendship, and refuses requests and messages. The other side cannot tell it from not being friends.")
            .done(204, "They are blocked.")
            .refuses(&["validation_failed"]),
        operation("delete", "/blocks/{user_id}", "unblock", "End a block").done(204, "It is ended."),
    ]
}

fn join_policy() -> Value {
    one_of(&["open", "approval", "invite"])
}

fn history() -> Value {
    described("What who joins sees of the time before: nothing, or all.", one_of(&["since_join", "all"]))
}

fn groups() -> Vec<Operation> {
    let name = || such_as("Tea friends", text(1, GroupName::MAX_CHARS));
    let description = || text(0, Description::MAX_CHARS);
    vec![
        operation("post", "/groups", "createGroup", "Make a group")
            .takes(input([
                ("name", name()),
                ("description?", description()),
                ("join_policy?", join_policy()),
                ("history?", history()),
                ("member_ids?", described("Friends of the caller.", at_most(MAX_FIRST_MEMBERS, id()))),
            ]))
            .answers(201, "The group.", reference("GroupAsSeen"))
            .refuses(&["not_friends", "not_found", "group_full"]),
        operation("get", "/groups", "searchGroups", "Find groups by a part of the name")
            .says("Best match first. Groups by invitation are found by their members only.")
            .query(
                "query",
                text(0, Query::MAX_CHARS),
                "In any script and case. Without it: the caller's own groups.",
            )
            .paged()
            .answers(200, "The groups.", page_of(reference("GroupAsSeen"))),
        operation("get", "/groups/{id}", "getGroup", "A group").answers(
            200,
            "The group.",
            reference("GroupAsSeen"),
        ),
        operation("patch", "/groups/{id}", "changeGroup", "Change a group")
            .says("By its owner and admins.")
            .takes(input([
                ("name?", name()),
                ("description?", description()),
                ("join_policy?", join_policy()),
                ("history?", history()),
            ]))
            .answers(200, "The group as changed.", reference("GroupAsSeen"))
            .refuses(&["forbidden"]),
        operation("delete", "/groups/{id}", "deleteGroup", "Delete a group")
            .says("By its owner. Nobody can read it any more.")
            .done(204, "It is deleted.")
            .refuses(&["not_owner"]),
        operation("put", "/groups/{id}/avatar", "setGroupAvatar", "Set a group's picture")
            .says("By its owner and admins.")
            .takes_bytes(ContentType::PICTURES, MAX_PICTURE)
            .answers(200, "The group as changed.", reference("GroupAsSeen"))
            .refuses(&["forbidden"]),
        operation("delete", "/groups/{id}/avatar", "removeGroupAvatar", "Remove a group's picture")
            .says("By its owner and admins.")
            .answers(200, "The group as changed.", reference("GroupAsSeen"))
            .refuses(&["forbidden"]),
        operation("put", "/groups/{id}/owner", "transferGroup", "Make another member the owner")
            .says("By its owner, who is an ordinary member then.")
            .takes(input([("user_id", id())]))
            .answers(200, "The group as changed.", reference("GroupAsSeen"))
            .refuses(&["not_owner"]),
    ]
}

fn members() -> Vec<Operation> {
    vec![
        operation("get", "/groups/{id}/members", "listMembers", "Who is in a group")
            .says("For its members.")
            .paged()
            .answers(200, "The members.", page_of(reference("Member"))),
        operation("put", "/groups/{id}/members/me", "joinGroup", "Join a group")
            .answers(200, "The group, of which the caller is a member.", reference("GroupAsSeen"))
            .answers(202, "The owner or an admin must approve first.", object([("status", just("pending"))]))
            .refuses(&["invite_only", "group_full"]),
        operation("delete", "/groups/{id}/members/me", "leaveGroup", "Leave a group")
            .done(204, "Left.")
            .refuses(&["owner_cannot_leave"]),
        operation("put", "/groups/{id}/members/{user_id}", "addMember", "Add a friend to a group")
            .says("By its owner and admins.")
            .answers(200, "The member.", reference("Member"))
            .refuses(&["forbidden", "not_friends", "group_full"]),
        operation(
            "patch",
            "/groups/{id}/members/{user_id}",
            "changeMember",
            "Change a member's role, or mute them",
        )
        .says("Roles by the owner; mutes by the owner, and by admins for members.")
        .takes(input([
            ("role?", one_of(&["admin", "member"])),
            ("muted_until?", described("Null lets them write again.", time())),
        ]))
        .answers(200, "The member as changed.", reference("Member"))
        .refuses(&["forbidden", "not_owner"]),
        operation("delete", "/groups/{id}/members/{user_id}", "kickMember", "Remove a member")
            .says("The owner anyone, an admin members only. Effective at once, on every socket.")
            .done(204, "They are out.")
            .refuses(&["forbidden", "owner_cannot_leave"]),
        operation("get", "/groups/{id}/join-requests", "listJoinRequests", "Who wants to be let in")
            .says("For the owner and admins.")
            .paged()
            .answers(200, "The pending requests.", page_of(reference("JoinRequest")))
            .refuses(&["forbidden"]),
        operation(
            "post",
            "/groups/{id}/join-requests/{request_id}/approve",
            "approveJoinRequest",
            "Let somebody in",
        )
        .answers(200, "The request as approved.", reference("JoinRequest"))
        .refuses(&["forbidden", "not_pending", "group_full"]),
        operation(
            "post",
            "/groups/{id}/join-requests/{request_id}/decline",
            "declineJoinRequest",
            "Do not let somebody in",
        )
        .answers(200, "The request as declined.", reference("JoinRequest"))
        .refuses(&["forbidden", "not_pending"]),
    ]
}
