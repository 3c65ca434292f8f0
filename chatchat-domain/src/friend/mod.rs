//! Friends: requests, answers, and the direct conversation that a friendship opens.

mod model;
mod ports;
mod service;
#[cfg(test)]
mod tests;

pub use model::{
    Asked, Direction, Friend, FriendRequest, FriendRequestStatus, NewFriendRequest, Note, Remark,
};
#[cfg(any(test, feature = "mocks"))]
pub use ports::MockFriendRepository;
pub use ports::{Answer, FriendRepository};
pub use service::{FriendService, Invitee};
