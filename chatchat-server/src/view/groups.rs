use chatchat_domain::group::{Group, GroupView, JoinRequest, Member, Role};
use chatchat_domain::{GroupId, JoinRequestId, UserId};
use serde::Serialize;

use super::{Time, Urls, UserView, id};

/// A group; `my_role` stands in it where it is one person's view.
#[derive(Debug, Serialize)]
pub struct GroupJson<'a> {
    #[serde(serialize_with = "id")]
    id: GroupId,
    name: &'a str,
    description: &'a str,
    avatar_url: Option<String>,
    #[serde(serialize_with = "id")]
    owner_id: UserId,
    join_policy: &'static str,
    history: &'static str,
    member_count: u32,
    created_at: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    my_role: Option<Option<&'static str>>,
}

/// Somebody in a conversation.
#[derive(Debug, Serialize)]
pub struct MemberView<'a> {
    user: UserView<'a>,
    role: &'static str,
    muted_until: Option<Time>,
    joined_at: Time,
}

/// Somebody's wish to be let into a group.
#[derive(Debug, Serialize)]
pub struct JoinRequestView<'a> {
    #[serde(serialize_with = "id")]
    id: JoinRequestId,
    #[serde(serialize_with = "id")]
    group_id: GroupId,
    user: UserView<'a>,
    status: &'static str,
    created_at: Time,
}

impl Urls {
    /// The group, the same for everybody.
    pub fn group<'a>(&self, group: &'a Group) -> GroupJson<'a> {
        GroupJson {
            id: group.id,
            name: group.name.as_str(),
            description: group.description.as_str(),
            avatar_url: self.picture(group.avatar.as_ref()),
            owner_id: group.owner,
            join_policy: group.join_policy.as_str(),
            history: group.history.as_str(),
            member_count: group.member_count,
            created_at: Time(group.created_at),
            my_role: None,
        }
    }

    /// The group as one person sees it.
    pub fn group_view<'a>(&self, view: &'a GroupView) -> GroupJson<'a> {
        GroupJson { my_role: Some(view.my_role.map(Role::as_str)), ..self.group(&view.group) }
    }

    /// The wish to be let in.
    pub fn join_request<'a>(&self, request: &'a JoinRequest) -> JoinRequestView<'a> {
        JoinRequestView {
            id: request.id,
            group_id: request.group,
            user: self.user(&request.user),
            status: request.status.as_str(),
            created_at: Time(request.created_at),
        }
    }

    /// The member.
    pub fn member<'a>(&self, member: &'a Member) -> MemberView<'a> {
        MemberView {
            user: self.user(&member.user),
            role: member.role.as_str(),
            muted_until: member.muted_until.map(Time),
            joined_at: Time(member.joined_at),
        }
    }
}
