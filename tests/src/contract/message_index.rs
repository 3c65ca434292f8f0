use std::time::Duration;

use chatchat_adapters::sql::Repositories;
use chatchat_domain::conversation::{Draft, MessageText, Seq};
use chatchat_domain::group::{History, JoinPolicy};
use chatchat_domain::page::{Limit, PageRequest};
use chatchat_domain::search::{Block, MessageQuery};
use chatchat_domain::{ConversationId, Refusal, UserId};

use super::people::{self, ROOM, befriend, draft, first_page, group, group_of, person, say, second, wish};

contract! {
    [
        what_was_just_sent_is_found_in_any_script,
        only_what_one_can_read_is_found,
        what_is_recalled_or_edited_away_is_not_found,
        a_search_pages_through_all_it_finds_once,
        a_search_goes_on_where_it_was_however_busy_the_conversation,
        full_blocks_get_signatures_and_are_found_all_the_same,
        an_edit_in_a_signed_block_is_found,
    ]
    sqlite => people::sqlite();
    mysql => people::mysql().await;
}

fn query(text: &str) -> MessageQuery {
    MessageQuery::new(text).unwrap()
}

/// Where the messages are that a search finds with one page, and whether it goes on.
async fn page(
    store: &Repositories,
    user: UserId,
    only: Option<ConversationId>,
    text: &str,
    page: PageRequest,
) -> (Vec<(ConversationId, u64)>, PageRequest) {
    let limit = page.limit;
    let found = store.index.search(user, only, query(text), page).await.unwrap().page;
    let places = found.items.iter().map(|message| (message.conversation, message.seq.0)).collect();
    (places, PageRequest { limit, cursor: found.next })
}

async fn search(store: &Repositories, user: UserId, text: &str) -> Vec<u64> {
    page(store, user, None, text, first_page()).await.0.into_iter().map(|(_, seq)| seq).collect()
}

/// A conversation of Ann and Bob with these messages of Ann's.
async fn chat(store: &Repositories, texts: &[&str]) -> (UserId, UserId, ConversationId) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let id = befriend(store, ann, bob).await;
    for text in texts {
        say(store, id, ann, text).await.unwrap();
    }
    (ann, bob, id)
}

async fn what_was_just_sent_is_found_in_any_script(store: &Repositories) {
    let texts = ["我家在上海东边", "Grüße aus KÖLN", "100% sure_thing!", "Привет, мир", "köln und aachen"];
    let (ann, bob, id) = chat(store, &texts).await;
    for (text, seqs) in [
        ("上海", vec![1]),
        ("边", vec![1]),
        ("köln", vec![5, 2]),
        ("GRÜSSE", vec![2]),
        ("köln aus", vec![2]),
        ("aachen KÖLN", vec![5]),
        ("0%", vec![3]),
        ("%", vec![3]),
        ("_", vec![3]),
        ("!", vec![3]),
        ("мир", vec![4]),
        ("上海 köln", vec![]),
        ("zebra", vec![]),
    ] {
        assert_eq!(search(store, ann, text).await, seqs, "{text}");
        assert_eq!(search(store, bob, text).await, seqs, "{text}");
        let only = page(store, bob, Some(id), text, first_page()).await.0;
        assert_eq!(only.len(), seqs.len(), "{text}");
    }
}

async fn only_what_one_can_read_is_found(store: &Repositories) {
    let (ann, bob, id) = chat(store, &["a secret"]).await;
    let eve = person(store, "Eve").await;
    assert!(search(store, eve, "secret").await.is_empty());
    let refused = store.index.search(eve, Some(id), query("secret"), first_page()).await;
    assert_eq!(refused.unwrap_err(), Refusal::NotFound.into());
    let room = group(store, ann).await;
    say(store, room.conversation(), ann, "an early secret").await.unwrap();
    drop(store.groups.join(wish(eve, room), ROOM).await.unwrap());
    say(store, room.conversation(), ann, "a late secret").await.unwrap();
    assert_eq!(search(store, eve, "secret").await, [3]);
    drop(store.groups.leave(eve, room, second(9)).await.unwrap());
    assert!(search(store, eve, "secret").await.is_empty());
    drop(store.friends.unfriend(ann, bob).await.unwrap());
    assert_eq!(search(store, bob, "secret").await, [1], "it can still be read");
    let mut open = group_of(ann, &[]);
    (open.history, open.join_policy) = (History::All, JoinPolicy::Open);
    let room = store.groups.create(open).await.unwrap().value.group.id;
    say(store, room.conversation(), ann, "an old secret").await.unwrap();
    drop(store.groups.join(wish(eve, room), ROOM).await.unwrap());
    assert_eq!(search(store, eve, "secret").await, [1]);
}

async fn what_is_recalled_or_edited_away_is_not_found(store: &Repositories) {
    let (ann, _, id) = chat(store, &["first word", "second word"]).await;
    let long = Duration::from_secs(99);
    drop(store.messages.recall(ann, id, Seq(1), long, second(9)).await.unwrap());
    let text = MessageText::new("another sentence").unwrap();
    drop(store.messages.edit(ann, id, Seq(2), text, second(9)).await.unwrap());
    assert!(search(store, ann, "word").await.is_empty());
    assert_eq!(search(store, ann, "sentence").await, [2]);
}

async fn a_search_pages_through_all_it_finds_once(store: &Repositories) {
    let ann = person(store, "Ann").await;
    let mut expected = Vec::new();
    for name in ["Bob", "Cem", "Dai"] {
        let other = person(store, name).await;
        let id = befriend(store, ann, other).await;
        for number in 1..=5_u64 {
            say(store, id, ann, &format!("match {number}")).await.unwrap();
            say(store, id, other, &format!("other {number}")).await.unwrap();
            expected.push((id, number * 2 - 1));
        }
    }
    for limit in [1, 2, 5, 100] {
        let mut next = PageRequest { limit: Limit::new(limit).unwrap(), cursor: None };
        let mut found = Vec::new();
        loop {
            let (places, rest) = page(store, ann, None, "match", next).await;
            assert!(places.len() <= usize::try_from(limit).unwrap());
            found.extend(places);
            next = rest;
            if next.cursor.is_none() {
                break;
            }
        }
        assert_eq!(found.len(), expected.len(), "by {limit}");
        assert!(expected.iter().all(|place| found.contains(place)), "by {limit}");
    }
}

async fn a_search_goes_on_where_it_was_however_busy_the_conversation(store: &Repositories) {
    let (ann, bob, id) = chat(store, &["match 1", "match 2", "match 3"]).await;
    let cem = person(store, "Cem").await;
    let other = befriend(store, ann, cem).await;
    say(store, other, cem, "match elsewhere").await.unwrap();
    let first = PageRequest { limit: Limit::new(2).unwrap(), cursor: None };
    let (mut found, next) = page(store, ann, None, "match", first).await;
    let late = Draft { now: second(50), ..draft(id, bob, "n", "a match") };
    store.log.append(vec![late]).await.pop().unwrap().unwrap();
    let (more, next) = page(store, ann, None, "match", next).await;
    found.extend(more);
    let (more, _) = page(store, ann, None, "match", next).await;
    found.extend(more);
    found.sort_unstable();
    let mut expected = vec![(id, 1), (id, 2), (id, 3), (other, 1)];
    expected.sort_unstable();
    assert_eq!(found, expected);
}

/// A conversation with 300 messages, of which those say something special that leave no remainder by 50.
async fn long_chat(store: &Repositories) -> (UserId, ConversationId) {
    let (ann, _, id) = chat(store, &[]).await;
    let text = |number: u64| match number % 50 {
        0 => format!("needle {number}"),
        _ => format!("straw {number}"),
    };
    let drafts = (1..=300).map(|number| draft(id, ann, &number.to_string(), &text(number))).collect();
    assert!(store.log.append(drafts).await.iter().all(Result::is_ok));
    (ann, id)
}

async fn full_blocks_get_signatures_and_are_found_all_the_same(store: &Repositories) {
    let (ann, id) = long_chat(store).await;
    let unsigned =
        async |text| store.index.search(ann, None, query(text), first_page()).await.unwrap().unsigned;
    assert_eq!(unsigned("needle").await, [(id, Block(1)), (id, Block(0))]);
    for block in 0..3 {
        store.index.sign(id, Block(block)).await.unwrap();
        store.index.sign(id, Block(block)).await.unwrap();
    }
    assert!(unsigned("needle").await.is_empty(), "the last block is not full");
    assert_eq!(search(store, ann, "needle").await, [300, 250, 200, 150, 100, 50]);
    assert_eq!(search(store, ann, "straw 77").await, [277, 177, 77]);
    assert!(search(store, ann, "zebra").await.is_empty());
}

async fn an_edit_in_a_signed_block_is_found(store: &Repositories) {
    let (ann, id) = long_chat(store).await;
    store.index.sign(id, Block(0)).await.unwrap();
    let text = MessageText::new("a zebra crossing").unwrap();
    drop(store.messages.edit(ann, id, Seq(7), text, second(9)).await.unwrap());
    assert_eq!(search(store, ann, "zebra").await, [7]);
    store.index.sign(id, Block(0)).await.unwrap();
    assert_eq!(search(store, ann, "zebra").await, [7]);
}
