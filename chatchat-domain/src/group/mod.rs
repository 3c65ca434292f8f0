//! Groups: who is in, who may do what, how one is found.

mod model;
mod permission;
mod ports;
mod service;
#[cfg(test)]
mod tests;

pub use model::{
    Description, Group, GroupChange, GroupName, GroupView, History, JoinPolicy, Member, NewGroup, Role,
};
pub use permission::{Permission, may_kick};
pub use ports::GroupRepository;
#[cfg(any(test, feature = "mocks"))]
pub use ports::MockGroupRepository;
pub use service::{GroupDraft, GroupService};
