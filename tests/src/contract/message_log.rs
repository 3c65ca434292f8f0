use std::collections::HashSet;

use chatchat_adapters::sql::Repositories;
use chatchat_domain::Refusal;
use chatchat_domain::conversation::{Seq, Window};
use chatchat_domain::page::Limit;

use futures_util::future::join_all;

use super::people::{self, ROOM, befriend, draft, group, person, say, second, wish};

contract! {
    [
        messages_are_numbered_without_a_hole_across_conversations_of_one_batch,
        the_same_client_id_is_stored_once,
        the_same_client_id_with_another_content_is_a_conflict,
        one_refused_draft_does_not_touch_the_others,
        many_senders_at_once_leave_no_hole,
        of_a_kick_and_a_send_one_wins,
        sending_moves_the_senders_own_cursor,
    ]
    sqlite => people::sqlite();
    mysql => people::mysql().await;
}

async fn messages_are_numbered_without_a_hole_across_conversations_of_one_batch(store: &Repositories) {
    let (ann, bob, cem) =
        (person(store, "Ann").await, person(store, "Bob").await, person(store, "Cem").await);
    let (one, other) = (befriend(store, ann, bob).await, befriend(store, ann, cem).await);
    let drafts = vec![
        draft(one, ann, "1", "a"),
        draft(other, ann, "1", "b"),
        draft(one, bob, "1", "c"),
        draft(one, ann, "2", "d"),
    ];
    let stored = store.log.append(drafts).await;
    let numbers: Vec<(u64, u64)> = stored
        .iter()
        .map(|one| one.as_ref().unwrap())
        .map(|one| (one.message.seq.0, one.message.rev.0))
        .collect();
    assert_eq!(numbers, [(1, 1), (1, 1), (2, 2), (3, 3)]);
}

async fn the_same_client_id_is_stored_once(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let conversation = befriend(store, ann, bob).await;
    let twice = vec![draft(conversation, ann, "x", "hi"), draft(conversation, ann, "x", "hi")];
    let stored: Vec<_> = store.log.append(twice).await.into_iter().map(Result::unwrap).collect();
    assert!(stored[0].fresh && !stored[1].fresh);
    assert_eq!(stored[0].message, stored[1].message);
    let of_bob = store.log.append(vec![draft(conversation, bob, "x", "hi")]).await.pop().unwrap().unwrap();
    assert!(of_bob.fresh, "another's client_id is another");
    assert_eq!(of_bob.message.seq, Seq(2), "no seq was lost");
}

async fn the_same_client_id_with_another_content_is_a_conflict(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let conversation = befriend(store, ann, bob).await;
    store.log.append(vec![draft(conversation, ann, "x", "hi")]).await.pop().unwrap().unwrap();
    let other = store.log.append(vec![draft(conversation, ann, "x", "ho")]).await.pop().unwrap();
    assert_eq!(other, Err(Refusal::IdempotencyConflict.into()));
}

async fn one_refused_draft_does_not_touch_the_others(store: &Repositories) {
    let (ann, bob, eve) =
        (person(store, "Ann").await, person(store, "Bob").await, person(store, "Eve").await);
    let conversation = befriend(store, ann, bob).await;
    let drafts = vec![
        draft(conversation, ann, "1", "a"),
        draft(conversation, eve, "1", "b"),
        draft(conversation, bob, "1", "c"),
    ];
    let answers = store.log.append(drafts).await;
    assert_eq!(answers[1], Err(Refusal::NotFound.into()));
    assert_eq!(answers[2].as_ref().unwrap().message.seq, Seq(2));
}

async fn many_senders_at_once_leave_no_hole(store: &Repositories) {
    let ann = person(store, "Ann").await;
    let id = group(store, ann).await;
    let conversation = id.conversation();
    let texts: Vec<String> = (0..200).map(|number| number.to_string()).collect();
    let stored = join_all(texts.iter().map(|text| say(store, conversation, ann, text))).await;
    let seqs: HashSet<u64> = stored.into_iter().map(|one| one.unwrap().message.seq.0).collect();
    assert_eq!(seqs, (1..=200).collect());
    let page =
        store.conversations.history(ann, conversation, Window::After(Seq(0)), Limit::MAX).await.unwrap();
    assert!(page.items.iter().zip(1..).all(|(message, seq)| (message.seq.0, message.rev.0) == (seq, seq)));
}

async fn of_a_kick_and_a_send_one_wins(store: &Repositories) {
    for round in 0..20 {
        let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
        let id = group(store, ann).await;
        drop(store.groups.join(wish(bob, id), ROOM).await.unwrap());
        let send = say(store, id.conversation(), bob, "hi");
        let kick = store.groups.kick(ann, id, bob, second(5));
        let (sent, kicked) =
            if round % 2 == 0 { tokio::join!(send, kick) } else { swap(tokio::join!(kick, send)) };
        assert!(kicked.is_ok());
        match sent {
            Ok(sent) => assert_eq!(sent.message.rev.0, 4, "before the kick"),
            Err(refused) => assert_eq!(refused, Refusal::NotFound.into()),
        }
    }
}

fn swap<A, B>((a, b): (A, B)) -> (B, A) {
    (b, a)
}

async fn sending_moves_the_senders_own_cursor(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let conversation = befriend(store, ann, bob).await;
    say(store, conversation, bob, "one").await.unwrap();
    say(store, conversation, bob, "two").await.unwrap();
    assert_eq!(store.conversations.find(ann, conversation).await.unwrap().unread, 2);
    say(store, conversation, ann, "three").await.unwrap();
    let of_ann = store.conversations.find(ann, conversation).await.unwrap();
    let of_bob = store.conversations.find(bob, conversation).await.unwrap();
    assert_eq!((of_ann.unread, of_ann.read_seq), (0, Seq(3)));
    assert_eq!((of_bob.unread, of_bob.read_seq), (1, Seq(2)));
}
