use mockall::predicate::eq;

use crate::Refusal::{AlreadyFriends, NotFound, NotPending};
use crate::account::Credentials;
use crate::event::{Audience, Committed, Event, News, Signal, UserRev};
use crate::friend::{
    Answer, Asked, Direction, Friend, FriendRequest, FriendRequestStatus, Invitee, Note, Remark,
};
use crate::page::{Page, PageRequest};
use crate::ports::PresenceOf;
use crate::testing::{ANN, BOB, CHAT, EVE, Mocks, NOW, away, caller, committed, email, events, online, user};
use crate::{Error, FriendRequestId, Violation};

const REQUEST: FriendRequestId = FriendRequestId::from_bytes([8; 16]);

fn request(status: FriendRequestStatus) -> FriendRequest {
    let (from, to) = (user("Ann"), user("Bob"));
    FriendRequest { id: REQUEST, from, to, note: Note::default(), status, created_at: NOW }
}

fn made() -> Asked {
    Asked::Made(request(FriendRequestStatus::Pending))
}

fn friend(name: &str, presence: PresenceOf) -> Friend {
    Friend { user: user(name), remark: None, conversation: CHAT, since: NOW, presence }
}

/// Each of the two hears of the other; Bob is there, Ann is not.
fn befriended<T>(value: T, bob: PresenceOf) -> Committed<T> {
    let hears = |user, of| Event::Personal { user, rev: UserRev(1), news: News::Friend(of) };
    let events = vec![hears(ANN, friend("Bob", bob)), hears(BOB, friend("Ann", PresenceOf::default()))];
    Committed { value, events }
}

fn only_bob_is_there(mocks: &mut Mocks) {
    mocks.is_online(BOB);
    mocks.presence.expect_of().withf(|asked| asked == [ANN]).returning(|_| vec![PresenceOf::default()]);
}

fn told_of_ann(presence: PresenceOf) -> Vec<Event> {
    let audience = Audience::People(vec![BOB, EVE]);
    vec![Event::Ephemeral { audience, signal: Signal::Presence { user: ANN, presence } }]
}

#[tokio::test]
async fn a_request_is_told() {
    let (mut mocks, note) = (Mocks::new(), Note::new("hello").unwrap());
    let sent = note.clone();
    mocks
        .friends
        .expect_ask()
        .withf(move |new| (new.from, new.to, &new.note, new.now) == (ANN, BOB, &sent, NOW))
        .once()
        .return_once(|_| Ok(committed(made())));
    mocks.tells(events());
    assert_eq!(mocks.app().friends().ask(caller(), Invitee::User(BOB), note).await, Ok(made()));
}

#[tokio::test]
async fn who_is_asked_by_address_is_who_has_it() {
    let mut mocks = Mocks::new();
    mocks
        .accounts
        .expect_credentials()
        .with(eq(email("bob")))
        .once()
        .return_once(|_| Ok(Some(Credentials { user: BOB, password: None })));
    mocks.friends.expect_ask().withf(|new| new.to == BOB).once().return_once(|_| Ok(committed(made())));
    mocks.tells(events());
    let asked = mocks.app().friends().ask(caller(), Invitee::Email(email("bob")), Note::default()).await;
    assert_eq!(asked, Ok(made()));
}

#[tokio::test]
async fn an_address_that_nobody_has_is_not_found() {
    let mut mocks = Mocks::new();
    mocks.accounts.expect_credentials().return_once(|_| Ok(None));
    let asked = mocks.app().friends().ask(caller(), Invitee::Email(email("bob")), Note::default()).await;
    assert_eq!(asked, Err(NotFound.into()));
}

#[tokio::test]
async fn nobody_is_their_own_friend() {
    for (invitee, field) in [(Invitee::User(ANN), "user_id"), (Invitee::Email(email("ann")), "email")] {
        let mut mocks = Mocks::new();
        mocks
            .accounts
            .expect_credentials()
            .returning(|_| Ok(Some(Credentials { user: ANN, password: None })));
        let asked = mocks.app().friends().ask(caller(), invitee, Note::default()).await;
        let oneself = Violation::new(field, "oneself", "must be somebody else");
        assert_eq!(asked, Err(oneself.into()));
    }
}

#[tokio::test]
async fn asking_again_is_told_to_nobody() {
    let mut mocks = Mocks::new();
    let pending = Asked::Pending(request(FriendRequestStatus::Pending));
    let given = pending.clone();
    mocks.friends.expect_ask().return_once(|_| Ok(Committed::quietly(given)));
    let asked = mocks.app().friends().ask(caller(), Invitee::User(BOB), Note::default()).await;
    assert_eq!(asked, Ok(pending));
}

#[tokio::test]
async fn a_refused_request_tells_nobody() {
    for error in [Error::from(NotFound), AlreadyFriends.into(), away()] {
        let (mut mocks, given) = (Mocks::new(), error.clone());
        mocks.friends.expect_ask().return_once(|_| Err(given));
        let refused = mocks.app().friends().ask(caller(), Invitee::User(BOB), Note::default()).await;
        assert_eq!(refused, Err(error));
    }
}

#[tokio::test]
async fn of_two_who_have_asked_each_other_each_hears_whether_the_other_is_there() {
    let mut mocks = Mocks::new();
    let accepted = || Asked::Made(request(FriendRequestStatus::Accepted));
    mocks.friends.expect_ask().return_once(move |_| Ok(befriended(accepted(), PresenceOf::default())));
    only_bob_is_there(&mut mocks);
    mocks.tells(befriended((), online()).events);
    let asked = mocks.app().friends().ask(caller(), Invitee::User(BOB), Note::default()).await;
    assert_eq!(asked, Ok(accepted()));
}

#[tokio::test]
async fn pending_requests_are_the_callers() {
    let mut mocks = Mocks::new();
    let page = Page { items: vec![request(FriendRequestStatus::Pending)], next: None };
    let given = page.clone();
    mocks
        .friends
        .expect_pending()
        .with(eq(ANN), eq(Direction::Outgoing), eq(PageRequest::default()))
        .once()
        .return_once(|_, _, _| Ok(given));
    let pending = mocks.app().friends().pending(caller(), Direction::Outgoing, PageRequest::default()).await;
    assert_eq!(pending, Ok(page));
}

#[tokio::test]
async fn an_accepted_friend_is_told_and_given_with_their_presence() {
    let mut mocks = Mocks::new();
    mocks
        .friends
        .expect_accept()
        .with(eq(ANN), eq(REQUEST), eq(NOW))
        .once()
        .return_once(|_, _, _| Ok(befriended(friend("Bob", PresenceOf::default()), PresenceOf::default())));
    only_bob_is_there(&mut mocks);
    mocks.tells(befriended((), online()).events);
    assert_eq!(mocks.app().friends().accept(caller(), REQUEST).await, Ok(friend("Bob", online())));
}

#[tokio::test]
async fn a_refused_acceptance_tells_nobody() {
    for error in [Error::from(NotFound), NotPending.into(), away()] {
        let (mut mocks, given) = (Mocks::new(), error.clone());
        mocks.friends.expect_accept().return_once(|_, _, _| Err(given));
        assert_eq!(mocks.app().friends().accept(caller(), REQUEST).await, Err(error));
    }
}

#[tokio::test]
async fn an_answer_is_told() {
    let answers =
        [(Answer::Decline, FriendRequestStatus::Declined), (Answer::Cancel, FriendRequestStatus::Cancelled)];
    for (answer, status) in answers {
        let mut mocks = Mocks::new();
        mocks
            .friends
            .expect_answer()
            .with(eq(ANN), eq(REQUEST), eq(answer))
            .once()
            .return_once(move |_, _, _| Ok(committed(request(status))));
        mocks.tells(events());
        assert_eq!(mocks.app().friends().answer(caller(), REQUEST, answer).await, Ok(request(status)));
    }
}

#[tokio::test]
async fn a_refused_answer_tells_nobody() {
    for error in [Error::from(NotFound), NotPending.into(), away()] {
        let (mut mocks, given) = (Mocks::new(), error.clone());
        mocks.friends.expect_answer().return_once(|_, _, _| Err(given));
        assert_eq!(mocks.app().friends().answer(caller(), REQUEST, Answer::Decline).await, Err(error));
    }
}

#[tokio::test]
async fn friends_are_listed_with_their_presence() {
    let mut mocks = Mocks::new();
    let stored = vec![friend("Eve", PresenceOf::default()), friend("Bob", PresenceOf::default())];
    mocks
        .friends
        .expect_friends()
        .with(eq(ANN), eq(PageRequest::default()))
        .once()
        .return_once(move |_, _| Ok(Page { items: stored, next: None }));
    let gone = PresenceOf { online: false, last_seen_at: Some(NOW) };
    mocks
        .presence
        .expect_of()
        .withf(|asked| asked == [EVE, BOB])
        .once()
        .return_once(move |_| vec![gone, online()]);
    let listed = mocks.app().friends().list(caller(), PageRequest::default()).await.unwrap();
    assert_eq!(listed.items, [friend("Eve", gone), friend("Bob", online())]);
}

#[tokio::test]
async fn a_remark_is_told_to_who_made_it() {
    let mut mocks = Mocks::new();
    let remark = || Remark::new("from the choir").ok();
    let noted = move |presence| Friend { remark: remark(), ..friend("Bob", presence) };
    let told = move |presence| {
        vec![Event::Personal { user: ANN, rev: UserRev(1), news: News::Friend(noted(presence)) }]
    };
    let nobody_is_known = PresenceOf::default();
    let committed = Committed { value: noted(nobody_is_known), events: told(nobody_is_known) };
    mocks
        .friends
        .expect_set_remark()
        .with(eq(ANN), eq(BOB), eq(Some(remark())))
        .once()
        .return_once(move |_, _, _| Ok(committed));
    mocks.is_online(BOB);
    mocks.tells(told(online()));
    assert_eq!(mocks.app().friends().set_remark(caller(), BOB, Some(remark())).await, Ok(noted(online())));
}

#[tokio::test]
async fn an_unfriending_is_told() {
    let mut mocks = Mocks::new();
    mocks.friends.expect_unfriend().with(eq(ANN), eq(BOB)).once().return_once(|_, _| Ok(committed(())));
    mocks.tells(events());
    assert_eq!(mocks.app().friends().unfriend(caller(), BOB).await, Ok(()));
}

#[tokio::test]
async fn a_refused_unfriending_tells_nobody() {
    for error in [Error::from(NotFound), away()] {
        let (mut mocks, given) = (Mocks::new(), error.clone());
        mocks.friends.expect_unfriend().return_once(|_, _| Err(given));
        assert_eq!(mocks.app().friends().unfriend(caller(), BOB).await, Err(error));
    }
}

#[tokio::test]
async fn the_first_arrival_is_told_to_friends() {
    let mut mocks = Mocks::new();
    mocks.presence.expect_arrived().with(eq(ANN)).once().return_const(true);
    mocks.friends.expect_friend_ids().with(eq(ANN)).once().return_once(|_| Ok(vec![BOB, EVE]));
    mocks.tells(told_of_ann(online()));
    assert_eq!(mocks.app().friends().arrived(ANN).await, Ok(()));
}

#[tokio::test]
async fn a_further_arrival_is_told_to_nobody() {
    let mut mocks = Mocks::new();
    mocks.presence.expect_arrived().once().return_const(false);
    assert_eq!(mocks.app().friends().arrived(ANN).await, Ok(()));
}

#[tokio::test]
async fn the_last_leave_is_told_to_friends_with_its_time() {
    let mut mocks = Mocks::new();
    mocks.presence.expect_left().with(eq(ANN), eq(NOW)).once().return_const(true);
    mocks.friends.expect_friend_ids().with(eq(ANN)).once().return_once(|_| Ok(vec![BOB, EVE]));
    mocks.tells(told_of_ann(PresenceOf { online: false, last_seen_at: Some(NOW) }));
    assert_eq!(mocks.app().friends().left(ANN).await, Ok(()));
}

#[tokio::test]
async fn a_leave_that_is_not_the_last_is_told_to_nobody() {
    let mut mocks = Mocks::new();
    mocks.presence.expect_left().once().return_const(false);
    assert_eq!(mocks.app().friends().left(ANN).await, Ok(()));
}

#[tokio::test]
async fn who_has_no_friends_comes_and_goes_unnoticed() {
    let mut mocks = Mocks::new();
    mocks.presence.expect_arrived().once().return_const(true);
    mocks.presence.expect_left().once().return_const(true);
    mocks.friends.expect_friend_ids().times(2).returning(|_| Ok(Vec::new()));
    let app = mocks.app();
    assert_eq!(app.friends().arrived(ANN).await, Ok(()));
    assert_eq!(app.friends().left(ANN).await, Ok(()));
}

#[tokio::test]
async fn whose_friends_are_not_known_is_told_to_nobody() {
    let mut mocks = Mocks::new();
    mocks.presence.expect_arrived().once().return_const(true);
    mocks.presence.expect_left().once().return_const(true);
    mocks.friends.expect_friend_ids().times(2).returning(|_| Err(away()));
    let app = mocks.app();
    assert_eq!(app.friends().arrived(ANN).await, Err(away()));
    assert_eq!(app.friends().left(ANN).await, Err(away()));
}

#[tokio::test]
async fn who_is_blocked_is_so_before_anything_is_told() {
    let mut mocks = Mocks::new();
    mocks
        .friends
        .expect_block()
        .with(eq(ANN), eq(BOB), eq(NOW))
        .once()
        .return_once(|_, _, _| Ok(committed(())));
    mocks.tells(events());
    assert_eq!(mocks.app().friends().block(caller(), BOB).await, Ok(()));
}

#[tokio::test]
async fn nobody_blocks_themselves() {
    let refused = Mocks::new().app().friends().block(caller(), ANN).await;
    assert!(matches!(refused, Err(Error::Invalid(violations)) if violations[0].code == "oneself"));
}
