//! Groups: who is in, who may do what, how one is found.

mod join_request;
mod model;
mod permission;
mod ports;
mod service;
#[cfg(test)]
mod tests;

pub use join_request::{JoinRequest, JoinRequestStatus, Joined, NewJoinRequest};
pub use model::{
    Description, Group, GroupChange, GroupName, GroupView, History, JoinPolicy, Member, MemberChange,
    NewGroup, Role,
};
pub use permission::{Permission, outranks};
pub use ports::GroupRepository;
#[cfg(any(test, feature = "mocks"))]
pub use ports::MockGroupRepository;
pub use service::{GroupDraft, GroupService, MAX_FIRST_MEMBERS};
