use chatchat_adapters::sql::Repositories;
use chatchat_domain::event::{Event, News};
use chatchat_domain::friend::{Answer, Asked, Direction, FriendRequestStatus, Remark};
use chatchat_domain::{ConversationId, Refusal, UserId};

use super::people::{self, befriend, concerned, first_page, in_pages, person, request, say, second, told};

contract! {
    [
        asking_tells_both_and_asking_again_changes_nothing,
        accepting_makes_friends_and_opens_their_conversation,
        of_two_crossing_requests_exactly_one_befriends,
        only_the_side_concerned_answers_and_only_once,
        pending_requests_are_listed_for_each_side,
        friends_are_listed_for_both,
        a_remark_is_one_s_own_and_goes_with_the_friendship,
        parting_closes_the_conversation_and_keeps_it,
        friends_again_have_the_same_conversation,
        friends_and_nobody_cannot_be_asked,
        a_block_ends_what_there_is_between_the_two,
        who_is_blocked_cannot_tell_it_from_not_being_friends,
        whom_one_blocks_is_listed_the_newest_first,
    ]
    sqlite => people::sqlite();
    mysql => people::mysql().await;
}

async fn asking_tells_both_and_asking_again_changes_nothing(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let asked = store.friends.ask(request(ann, bob)).await.unwrap();
    let Asked::Made(made) = asked.value else { panic!("{asked:?}") };
    assert_eq!((made.from.id, made.to.id, made.status), (ann, bob, FriendRequestStatus::Pending));
    assert_eq!(told(&asked.events), ["#1 pending", "#1 pending"]);
    let again = store.friends.ask(request(ann, bob)).await.unwrap();
    assert_eq!((again.value, again.events), (Asked::Pending(made), vec![]));
}

async fn accepting_makes_friends_and_opens_their_conversation(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let Asked::Made(made) = store.friends.ask(request(ann, bob)).await.unwrap().value else { panic!() };
    let accepted = store.friends.accept(bob, made.id, second(2)).await.unwrap();
    let conversation = ConversationId::direct(ann, bob);
    assert_eq!((accepted.value.user.id, accepted.value.conversation), (ann, conversation));
    let mut words = told(&accepted.events);
    words.sort_unstable();
    assert_eq!(words, ["#2 accepted", "#2 accepted", "#3 friend", "#3 friend", "#4 added", "#4 added"]);
    for (event, user) in accepted.events.iter().zip(concerned(&accepted.events)) {
        if let Event::Personal { news: News::Friend(friend), .. } = event {
            assert_ne!(friend.user.id, user, "each has the other as a friend");
        }
    }
    assert!(say(store, conversation, ann, "hi").await.is_ok());
}

async fn a_remark_is_one_s_own_and_goes_with_the_friendship(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let remark = || Remark::new("Bob from the choir 上海").ok();
    let refused = store.friends.set_remark(ann, bob, Some(remark())).await;
    assert_eq!(refused.unwrap_err(), Refusal::NotFound.into());
    befriend(store, ann, bob).await;
    let remarks = async |user| {
        let friends = store.friends.friends(user, first_page()).await.unwrap().items;
        friends.into_iter().map(|friend| friend.remark).collect::<Vec<_>>()
    };
    assert_eq!((remarks(ann).await, remarks(bob).await), (vec![None], vec![None]));
    let noted = store.friends.set_remark(ann, bob, Some(remark())).await.unwrap();
    assert_eq!(
        (noted.value.user.id, noted.value.since, noted.value.remark.clone()),
        (bob, second(2), remark())
    );
    assert_eq!((told(&noted.events), concerned(&noted.events)), (vec!["#5 friend".to_owned()], vec![ann]));
    assert_eq!((remarks(ann).await, remarks(bob).await), (vec![remark()], vec![None]));
    let as_is = store.friends.set_remark(ann, bob, None).await.unwrap();
    assert_eq!((as_is.value, as_is.events), (noted.value, vec![]));
    let _ = store.friends.set_remark(ann, bob, Some(None)).await.unwrap();
    assert_eq!(remarks(ann).await, [None]);
    let _ = store.friends.set_remark(ann, bob, Some(remark())).await.unwrap();
    let _ = store.friends.unfriend(bob, ann).await.unwrap();
    befriend(store, ann, bob).await;
    assert_eq!(remarks(ann).await, [None]);
}

async fn of_two_crossing_requests_exactly_one_befriends(store: &Repositories) {
    for _ in 0..10 {
        let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
        let (one, other) =
            tokio::join!(store.friends.ask(request(ann, bob)), store.friends.ask(request(bob, ann)));
        let statuses = [one, other].map(|asked| match asked.unwrap().value {
            Asked::Made(request) => request.status,
            Asked::Pending(request) => panic!("{request:?}"),
        });
        assert!(statuses.contains(&FriendRequestStatus::Pending));
        assert!(statuses.contains(&FriendRequestStatus::Accepted));
        assert_eq!(store.friends.friend_ids(ann).await, Ok(vec![bob]));
        for direction in [Direction::Incoming, Direction::Outgoing] {
            assert!(store.friends.pending(ann, direction, first_page()).await.unwrap().items.is_empty());
        }
    }
}

async fn only_the_side_concerned_answers_and_only_once(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let Asked::Made(made) = store.friends.ask(request(ann, bob)).await.unwrap().value else { panic!() };
    let not_found = Refusal::NotFound.into();
    assert_eq!(store.friends.accept(ann, made.id, second(2)).await.unwrap_err(), not_found);
    assert_eq!(store.friends.answer(ann, made.id, Answer::Decline).await.unwrap_err(), not_found);
    assert_eq!(store.friends.answer(bob, made.id, Answer::Cancel).await.unwrap_err(), not_found);
    let declined = store.friends.answer(bob, made.id, Answer::Decline).await.unwrap();
    assert_eq!(declined.value.status, FriendRequestStatus::Declined);
    assert_eq!(told(&declined.events), ["#2 declined", "#2 declined"]);
    let not_pending = Refusal::NotPending.into();
    assert_eq!(store.friends.accept(bob, made.id, second(3)).await.unwrap_err(), not_pending);
    assert_eq!(store.friends.answer(ann, made.id, Answer::Cancel).await.unwrap_err(), not_pending);
    assert!(matches!(store.friends.ask(request(ann, bob)).await.unwrap().value, Asked::Made(_)));
}

async fn pending_requests_are_listed_for_each_side(store: &Repositories) {
    let ann = person(store, "Ann").await;
    for name in ["Bob", "Cem", "Dai"] {
        let other = person(store, name).await;
        drop(store.friends.ask(request(ann, other)).await.unwrap());
    }
    let list = async |page| store.friends.pending(ann, Direction::Outgoing, page).await.unwrap();
    let asked = in_pages(list, |request| request.id).await;
    let names: Vec<&str> = asked.iter().map(|request| request.to.name.as_str()).collect();
    assert_eq!(names, ["Dai", "Cem", "Bob"], "the newest first");
    assert!(store.friends.pending(ann, Direction::Incoming, first_page()).await.unwrap().items.is_empty());
}

async fn friends_are_listed_for_both(store: &Repositories) {
    let ann = person(store, "Ann").await;
    let mut others = Vec::new();
    for name in ["Bob", "Cem", "Dai"] {
        let other = person(store, name).await;
        befriend(store, ann, other).await;
        others.push(other);
    }
    let friends =
        in_pages(async |page| store.friends.friends(ann, page).await.unwrap(), |one| one.user.id).await;
    assert_eq!(friends.len(), 3);
    assert!(friends.iter().all(|friend| friend.conversation == ConversationId::direct(ann, friend.user.id)));
    let of_bob = store.friends.friends(others[0], first_page()).await.unwrap();
    assert_eq!(of_bob.items[0].user.id, ann);
}

async fn parting_closes_the_conversation_and_keeps_it(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let conversation = befriend(store, ann, bob).await;
    say(store, conversation, ann, "before").await.unwrap();
    let parted = store.friends.unfriend(bob, ann).await.unwrap();
    assert_eq!(
        told(&parted.events),
        ["#5 friend_removed", "#6 unfriended", "#5 friend_removed", "#6 unfriended"]
    );
    assert_eq!(store.friends.unfriend(ann, bob).await.unwrap_err(), Refusal::NotFound.into());
    assert_eq!(say(store, conversation, ann, "after").await, Err(Refusal::NotFriends.into()));
    let retried = say(store, conversation, ann, "before").await.unwrap();
    assert!(!retried.fresh, "what was stored before can still be asked for");
    for user in [ann, bob] {
        assert_eq!(store.conversations.find(user, conversation).await.unwrap().last_seq.0, 1);
        assert!(store.friends.friend_ids(user).await.unwrap().is_empty());
    }
}

async fn friends_again_have_the_same_conversation(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let conversation = befriend(store, ann, bob).await;
    say(store, conversation, ann, "one").await.unwrap();
    drop(store.friends.unfriend(ann, bob).await.unwrap());
    assert_eq!(befriend(store, bob, ann).await, conversation);
    assert_eq!(say(store, conversation, bob, "two").await.unwrap().message.seq.0, 2);
}

async fn friends_and_nobody_cannot_be_asked(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    befriend(store, ann, bob).await;
    assert_eq!(store.friends.ask(request(ann, bob)).await.unwrap_err(), Refusal::AlreadyFriends.into());
    let nobody = super::people::account("Nobody").id;
    assert_eq!(store.friends.ask(request(ann, nobody)).await.unwrap_err(), Refusal::NotFound.into());
}

async fn a_block_ends_what_there_is_between_the_two(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let conversation = befriend(store, ann, bob).await;
    let blocked = store.friends.block(ann, bob, second(5)).await.unwrap();
    assert_eq!(
        told(&blocked.events),
        ["#5 friend_removed", "#6 unfriended", "#5 friend_removed", "#6 unfriended"]
    );
    assert!(store.friends.block(ann, bob, second(6)).await.unwrap().events.is_empty());
    for user in [ann, bob] {
        assert_eq!(say(store, conversation, user, "hi").await.unwrap_err(), Refusal::NotFriends.into());
    }
    assert_eq!(store.friends.ask(request(ann, bob)).await.unwrap_err(), Refusal::Blocked.into());
    let cem = person(store, "Cem").await;
    let asked = store.friends.ask(request(ann, cem)).await.unwrap();
    let Asked::Made(asked) = asked.value else { panic!() };
    let blocked = store.friends.block(ann, cem, second(7)).await.unwrap();
    assert_eq!(told(&blocked.events), ["#8 cancelled", "#2 cancelled"]);
    let accepted = store.friends.accept(cem, asked.id, second(8)).await;
    assert_eq!(accepted.unwrap_err(), Refusal::NotPending.into());
    let nobody = store.friends.block(ann, UserId::from_bytes([9; 16]), second(8)).await;
    assert_eq!(nobody.unwrap_err(), Refusal::NotFound.into());
}

async fn who_is_blocked_cannot_tell_it_from_not_being_friends(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    drop(store.friends.block(ann, bob, second(5)).await.unwrap());
    let asked = store.friends.ask(request(bob, ann)).await.unwrap();
    assert_eq!((told(&asked.events), concerned(&asked.events)), (vec!["#1 pending".to_owned()], vec![bob]));
    let Asked::Made(made) = asked.value else { panic!() };
    let again = store.friends.ask(request(bob, ann)).await.unwrap();
    assert_eq!(again.value, Asked::Pending(made.clone()));
    let incoming = async || {
        let pending = store.friends.pending(ann, Direction::Incoming, first_page()).await.unwrap();
        pending.items.len()
    };
    assert_eq!(incoming().await, 0);
    assert_eq!(store.friends.pending(bob, Direction::Outgoing, first_page()).await.unwrap().items.len(), 1);
    let unseen = Refusal::NotFound.into();
    assert_eq!(store.friends.accept(ann, made.id, second(6)).await.unwrap_err(), unseen);
    assert_eq!(store.friends.answer(ann, made.id, Answer::Decline).await.unwrap_err(), unseen);
    let seen = store.friends.unblock(ann, bob).await.unwrap();
    assert_eq!((told(&seen.events), concerned(&seen.events)), (vec!["#1 pending".to_owned()], vec![ann]));
    assert!(store.friends.unblock(ann, bob).await.unwrap().events.is_empty());
    assert_eq!(incoming().await, 1);
    let hidden = store.friends.block(ann, bob, second(7)).await.unwrap();
    assert_eq!(
        (told(&hidden.events), concerned(&hidden.events)),
        (vec!["#2 declined".to_owned()], vec![ann])
    );
    assert!(store.friends.block(ann, bob, second(7)).await.unwrap().events.is_empty());
    assert_eq!(incoming().await, 0);
    let cancelled = store.friends.answer(bob, made.id, Answer::Cancel).await.unwrap();
    assert_eq!(concerned(&cancelled.events), [bob]);
}

async fn whom_one_blocks_is_listed_the_newest_first(store: &Repositories) {
    let ann = person(store, "Ann").await;
    let mut expected = Vec::new();
    for (at, name) in [(5, "Bob"), (6, "Cem"), (7, "Dai")] {
        let other = person(store, name).await;
        drop(store.friends.block(ann, other, second(at)).await.unwrap());
        expected.insert(0, other);
    }
    let list = async |page| store.friends.blocks(ann, page).await.unwrap();
    let blocked: Vec<UserId> = in_pages(list, |user| user.id).await.iter().map(|user| user.id).collect();
    assert_eq!(blocked, expected);
    assert!(store.friends.blocks(expected[0], first_page()).await.unwrap().items.is_empty());
}
