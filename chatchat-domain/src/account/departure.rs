use std::sync::Arc;

use crate::error::{Error, Refusal};
use crate::event::{Committed, Tell as _};
use crate::friend::{Answer, Direction, FriendRepository};
use crate::group::GroupRepository;
use crate::id::UserId;
use crate::page::{Limit, PageRequest};
use crate::ports::{Clock, EventBus};

/// How somebody who has closed their account leaves all that they are in: step by step, so that it can be gone on with.
pub(crate) struct Departure {
    pub(crate) friends: Arc<dyn FriendRepository>,
    pub(crate) groups: Arc<dyn GroupRepository>,
    pub(crate) bus: Arc<dyn EventBus>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Departure {
    /// Ends their friendships and friend requests, and lets them leave their groups; those that they own go to somebody
    /// else, or end with them.
    ///
    /// # Errors
    /// [`Error::Unavailable`]: what is left is left for another time.
    pub(crate) async fn of(&self, user: UserId) -> Result<(), Error> {
        for friend in self.friends.friend_ids(user).await? {
            let parted = gone_or(self.friends.unfriend(user, friend).await)?;
            self.tell(parted).await;
        }
        self.answer_all(user, Direction::Outgoing, Answer::Cancel).await?;
        self.answer_all(user, Direction::Incoming, Answer::Decline).await?;
        loop {
            let groups = self.groups.of_member(user, all()).await?.items;
            if groups.is_empty() {
                return Ok(());
            }
            for view in groups {
                let left = gone_or(self.groups.abandon(user, view.group.id, self.clock.now()).await)?;
                self.tell(left).await;
            }
        }
    }

    async fn answer_all(&self, user: UserId, direction: Direction, answer: Answer) -> Result<(), Error> {
        loop {
            let pending = self.friends.pending(user, direction, all()).await?.items;
            if pending.is_empty() {
                return Ok(());
            }
            for request in pending {
                let answered = gone_or(self.friends.answer(user, request.id, answer).await)?;
                self.tell(answered).await;
            }
        }
    }

    async fn tell<T: Send>(&self, committed: Option<Committed<T>>) {
        if let Some(committed) = committed {
            self.bus.tell(committed).await;
        }
    }
}

fn all() -> PageRequest {
    PageRequest { limit: Limit::MAX, cursor: None }
}

/// Nothing, where somebody else was faster.
fn gone_or<T>(done: Result<T, Error>) -> Result<Option<T>, Error> {
    match done {
        Err(Error::Refused(Refusal::NotFound | Refusal::NotPending)) => Ok(None),
        done => done.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use mockall::predicate::eq;

    use super::*;
    use crate::friend::MockFriendRepository;
    use crate::group::MockGroupRepository;
    use crate::page::Page;
    use crate::ports::{MockClock, MockEventBus};
    use crate::testing::{ANN, BOB, EVE, NOW, away, committed, events};

    fn departure(friends: MockFriendRepository, groups: MockGroupRepository, told: usize) -> Departure {
        let mut bus = MockEventBus::new();
        bus.expect_publish().with(eq(events())).times(told).return_const(());
        let mut clock = MockClock::new();
        clock.expect_now().return_const(NOW);
        Departure {
            friends: Arc::new(friends),
            groups: Arc::new(groups),
            bus: Arc::new(bus),
            clock: Arc::new(clock),
        }
    }

    fn nothing_pending(friends: &mut MockFriendRepository) {
        friends.expect_pending().returning(|_, _, _| Ok(Page { items: Vec::new(), next: None }));
    }

    #[tokio::test]
    async fn friends_who_are_gone_already_are_no_obstacle() {
        let (mut friends, mut groups) = (MockFriendRepository::new(), MockGroupRepository::new());
        friends.expect_friend_ids().with(eq(ANN)).return_once(|_| Ok(vec![BOB, EVE]));
        friends.expect_unfriend().with(eq(ANN), eq(BOB)).return_once(|_, _| Err(Refusal::NotFound.into()));
        friends.expect_unfriend().with(eq(ANN), eq(EVE)).return_once(|_, _| Ok(committed(())));
        nothing_pending(&mut friends);
        groups.expect_of_member().return_once(|_, _| Ok(Page { items: Vec::new(), next: None }));
        assert_eq!(departure(friends, groups, 1).of(ANN).await, Ok(()));
    }

    #[tokio::test]
    async fn what_cannot_be_done_now_is_left_for_another_time() {
        let mut friends = MockFriendRepository::new();
        friends.expect_friend_ids().return_once(|_| Ok(vec![BOB]));
        friends.expect_unfriend().return_once(|_, _| Err(away()));
        let left: Result<(), Error> = departure(friends, MockGroupRepository::new(), 0).of(ANN).await;
        assert_eq!(left, Err(away()));
    }
}
