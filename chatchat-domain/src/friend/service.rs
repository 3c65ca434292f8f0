use std::sync::Arc;

use tracing::instrument;

use crate::account::{AccountRepository, EmailAddress, User};
use crate::error::{Error, Refusal, Violation};
use crate::event::{Audience, Committed, Event, News, Signal, Tell as _};
use crate::friend::{
    Answer, Asked, Direction, Friend, FriendRepository, FriendRequest, NewFriendRequest, Note, Remark,
};
use crate::id::{FriendRequestId, UserId};
use crate::page::{Page, PageRequest};
use crate::ports::{Clock, EventBus, Presence, PresenceOf, Random};
use crate::session::Caller;

/// Whom one asks to be friends.
#[derive(Debug, Clone)]
pub enum Invitee {
    /// The person with this id.
    User(UserId),
    /// The person with this address.
    Email(EmailAddress),
}

/// Friend requests and friendships, and who of one's friends is there.
pub struct FriendService {
    pub(crate) friends: Arc<dyn FriendRepository>,
    pub(crate) accounts: Arc<dyn AccountRepository>,
    pub(crate) presence: Arc<dyn Presence>,
    pub(crate) bus: Arc<dyn EventBus>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

impl FriendService {
    /// Asks somebody to be friends; both are at once if the other has asked before.
    ///
    /// # Errors
    /// A violation of `user_id` for oneself; [`Refusal::NotFound`]; [`Refusal::AlreadyFriends`]; [`Refusal::Blocked`].
    #[instrument(level = "debug", name = "friends.ask", skip_all)]
    pub async fn ask(&self, caller: Caller, invitee: Invitee, note: Note) -> Result<Asked, Error> {
        let (to, field) = match invitee {
            Invitee::User(user) => (user, "user_id"),
            Invitee::Email(email) => {
                let known = self.accounts.credentials(&email).await?.ok_or(Refusal::NotFound)?;
                (known.user, "email")
            }
        };
        if to == caller.user {
            return Err(Violation::new(field, "oneself", "must be somebody else").into());
        }
        let id = FriendRequestId::generate(&*self.clock, &*self.random);
        let request = NewFriendRequest { id, from: caller.user, to, note, now: self.clock.now() };
        let asked = self.friends.ask(request).await?;
        Ok(self.bus.tell(self.with_presence(asked).await).await)
    }

    /// The caller's pending requests, the newest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "friends.pending", skip_all)]
    pub async fn pending(
        &self,
        caller: Caller,
        direction: Direction,
        page: PageRequest,
    ) -> Result<Page<FriendRequest>, Error> {
        self.friends.pending(caller.user, direction, page).await
    }

    /// Accepts a request to the caller.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::NotPending`].
    #[instrument(level = "debug", name = "friends.accept", skip_all)]
    pub async fn accept(&self, caller: Caller, request: FriendRequestId) -> Result<Friend, Error> {
        let accepted = self.friends.accept(caller.user, request, self.clock.now()).await?;
        let mut friend = self.bus.tell(self.with_presence(accepted).await).await;
        friend.presence = self.presence_of(friend.user.id).await;
        Ok(friend)
    }

    /// Declines a request to the caller, or takes back one from them.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::NotPending`].
    #[instrument(level = "debug", name = "friends.answer", skip_all)]
    pub async fn answer(
        &self,
        caller: Caller,
        request: FriendRequestId,
        answer: Answer,
    ) -> Result<FriendRequest, Error> {
        let answered = self.friends.answer(caller.user, request, answer).await?;
        Ok(self.bus.tell(answered).await)
    }

    /// The caller's friends, the newest friendship first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "friends.list", skip_all)]
    pub async fn list(&self, caller: Caller, page: PageRequest) -> Result<Page<Friend>, Error> {
        let mut friends = self.friends.friends(caller.user, page).await?;
        let ids: Vec<UserId> = friends.items.iter().map(|friend| friend.user.id).collect();
        for (friend, presence) in friends.items.iter_mut().zip(self.presence.of(&ids).await) {
            friend.presence = presence;
        }
        Ok(friends)
    }

    /// Ends the friendship on both sides; what was written stays readable.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the two are not friends.
    #[instrument(level = "debug", name = "friends.unfriend", skip_all)]
    pub async fn unfriend(&self, caller: Caller, friend: UserId) -> Result<(), Error> {
        let ended = self.friends.unfriend(caller.user, friend).await?;
        self.bus.tell(ended).await;
        Ok(())
    }

    /// Blocks somebody: ends the friendship, and refuses their requests and messages without telling them why.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; a violation of `user_id` for oneself.
    #[instrument(level = "debug", name = "friends.block", skip_all)]
    pub async fn block(&self, caller: Caller, other: UserId) -> Result<(), Error> {
        if other == caller.user {
            return Err(Violation::new("user_id", "oneself", "must be somebody else").into());
        }
        let blocked = self.friends.block(caller.user, other, self.clock.now()).await?;
        self.bus.tell(blocked).await;
        Ok(())
    }

    /// Blocks somebody no more.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "friends.unblock", skip_all)]
    pub async fn unblock(&self, caller: Caller, other: UserId) -> Result<(), Error> {
        let unblocked = self.friends.unblock(caller.user, other).await?;
        self.bus.tell(unblocked).await;
        Ok(())
    }

    /// Whom the caller blocks, the newest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "friends.blocks", skip_all)]
    pub async fn blocks(&self, caller: Caller, page: PageRequest) -> Result<Page<User>, Error> {
        self.friends.blocks(caller.user, page).await
    }

    /// Notes something about a friend for the caller alone, or nothing any more; what is absent stays.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the two are not friends.
    #[instrument(level = "debug", name = "friends.set_remark", skip_all)]
    pub async fn set_remark(
        &self,
        caller: Caller,
        friend: UserId,
        change: Option<Option<Remark>>,
    ) -> Result<Friend, Error> {
        let noted = self.friends.set_remark(caller.user, friend, change).await?;
        let mut friend = self.bus.tell(self.with_presence(noted).await).await;
        friend.presence = self.presence_of(friend.user.id).await;
        Ok(friend)
    }

    /// A connection of `user` has opened; their friends are told if it is the first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "friends.arrived", skip_all)]
    pub async fn arrived(&self, user: UserId) -> Result<(), Error> {
        if self.presence.arrived(user).await {
            self.tell_presence(user, PresenceOf { online: true, last_seen_at: None }).await?;
        }
        Ok(())
    }

    /// A connection of `user` has closed; their friends are told if it was the last.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "friends.left", skip_all)]
    pub async fn left(&self, user: UserId) -> Result<(), Error> {
        let now = self.clock.now();
        if self.presence.left(user, now).await {
            self.tell_presence(user, PresenceOf { online: false, last_seen_at: Some(now) }).await?;
        }
        Ok(())
    }

    async fn tell_presence(&self, user: UserId, presence: PresenceOf) -> Result<(), Error> {
        let friends = self.friends.friend_ids(user).await?;
        if !friends.is_empty() {
            let audience = Audience::People(friends);
            self.bus
                .publish(vec![Event::Ephemeral { audience, signal: Signal::Presence { user, presence } }])
                .await;
        }
        Ok(())
    }

    async fn presence_of(&self, user: UserId) -> PresenceOf {
        self.presence.of(&[user]).await.first().copied().unwrap_or_default()
    }

    async fn with_presence<T: Send>(&self, mut committed: Committed<T>) -> Committed<T> {
        for event in &mut committed.events {
            if let Event::Personal { news: News::Friend(friend), .. } = event {
                friend.presence = self.presence_of(friend.user.id).await;
            }
        }
        committed
    }
}
