use chatchat_adapters::sql::Repositories;
use chatchat_domain::ConversationId;
use chatchat_domain::conversation::{ClientId, Seq};
use chatchat_domain::trail::MessagePlace;

use super::people::{self, befriend, draft, person, say};

contract! {
    [
        a_message_is_found_by_the_name_that_its_client_gave_it,
        a_trail_says_who_has_read_and_whether_it_was_recalled,
        what_does_not_exist_leaves_no_trail,
    ]
    sqlite => people::sqlite();
    mysql => people::mysql().await;
}

fn at(conversation: ConversationId, seq: u64) -> MessagePlace {
    MessagePlace { conversation, seq: Seq(seq) }
}

async fn a_message_is_found_by_the_name_that_its_client_gave_it(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let (room, name) = (befriend(store, ann, bob).await, ClientId::new("the same").unwrap());
    say(store, room, ann, "something else").await.unwrap();
    for sender in [ann, bob] {
        let draft = draft(room, sender, "the same", "hello");
        store.log.append(vec![draft]).await.remove(0).unwrap();
    }
    let found = store.trail.find(room, &name, 10).await.unwrap();
    assert_eq!(found, [at(room, 2), at(room, 3)], "each sender has names of their own");
    assert_eq!(store.trail.find(room, &name, 1).await.unwrap().len(), 1);
    let elsewhere = ConversationId::from_bytes([9; 16]);
    assert!(store.trail.find(elsewhere, &name, 10).await.unwrap().is_empty());
    let senders: Vec<_> = store.trail.traced(&found).await.unwrap().iter().map(|it| it.sender).collect();
    assert_eq!(senders, [ann, bob]);
}

async fn a_trail_says_who_has_read_and_whether_it_was_recalled(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let room = befriend(store, ann, bob).await;
    say(store, room, ann, "one").await.unwrap();
    say(store, room, ann, "two").await.unwrap();
    let _told = store.conversations.advance_read(bob, room, Seq(1)).await.unwrap();
    let traced = store.trail.traced(&[at(room, 1), at(room, 2)]).await.unwrap();
    let [one, two] = traced.as_slice() else { panic!("{traced:?}") };
    assert_eq!((one.members, &one.read_by), (2, &vec![bob]));
    assert!(two.read_by.is_empty(), "the sender has read it, which is no news");
    assert_eq!((one.recalled_at, two.edited_at), (None, None));
}

async fn what_does_not_exist_leaves_no_trail(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let room = befriend(store, ann, bob).await;
    assert!(store.trail.traced(&[at(room, 1)]).await.unwrap().is_empty());
    let elsewhere = ConversationId::from_bytes([9; 16]);
    assert!(store.trail.traced(&[at(elsewhere, 1)]).await.unwrap().is_empty());
}
