use std::sync::Arc;
use std::time::Duration;

use chatchat_adapters::sql::Repositories;
use chatchat_domain::conversation::{
    Body, Changes, Content, Draft, Emoji, Mentions, Message, MessageText, Reaction, Rev, Seq, Window,
};
use chatchat_domain::event::{Change, Committed};
use chatchat_domain::group::History;
use chatchat_domain::page::Limit;
use chatchat_domain::{ConversationId, Error, Refusal, Timestamp, UserId};

use super::people::{self, ROOM, befriend, draft, group, group_of, person, say, second, told, wish};

contract! {
    [
        an_edit_puts_another_text_in_place_of_the_first,
        only_the_sender_edits_and_only_texts,
        a_recall_erases_and_keeps_the_place,
        a_recall_is_for_the_sender_in_time,
        a_groups_owner_recalls_anything_but_the_servers_messages,
        a_reaction_stands_once_for_each_person,
        a_reaction_names_the_first_people_and_counts_all,
        a_message_has_only_so_many_different_emoji,
        who_are_friends_no_more_change_nothing_but_what_is_their_own,
        answers_and_mentions_are_checked,
        mentions_are_counted_until_they_are_read,
        a_message_sent_again_is_what_it_has_become,
        changed_messages_are_found_by_their_new_rev,
        what_has_changed_below_the_floor_is_nothing,
    ]
    sqlite => people::sqlite();
    mysql => people::mysql().await;
}

const LONG: Duration = Duration::from_secs(1000);

struct Chat {
    ann: UserId,
    bob: UserId,
    id: ConversationId,
}

/// A conversation of Ann and Bob, in which Ann has said something.
async fn chat(store: &Repositories) -> Chat {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let id = befriend(store, ann, bob).await;
    say(store, id, ann, "one").await.unwrap();
    Chat { ann, bob, id }
}

fn words(text: &str) -> MessageText {
    MessageText::new(text).unwrap()
}

fn thumb() -> Emoji {
    Emoji::new("👍").unwrap()
}

fn content(text: &str) -> Content {
    Content::Text(words(text))
}

async fn stored(store: &Repositories, user: UserId, id: ConversationId) -> Vec<Message> {
    store.conversations.history(user, id, Window::Newest, Limit::MAX).await.unwrap().items
}

/// The message that was changed, after a look at what the world is told.
fn updated(outcome: Result<Committed<Arc<Message>>, Error>) -> Message {
    let Committed { value, events } = outcome.unwrap();
    assert_eq!(told(&events), [format!("{} message_updated", value.rev.0)]);
    (*value).clone()
}

fn unchanged(outcome: Result<Committed<Arc<Message>>, Error>) -> Message {
    let Committed { value, events } = outcome.unwrap();
    assert!(events.is_empty());
    (*value).clone()
}

async fn edit(
    store: &Repositories,
    user: UserId,
    id: ConversationId,
    text: &str,
) -> Result<Committed<Arc<Message>>, Error> {
    store.messages.edit(user, id, Seq(1), words(text), second(9)).await
}

async fn recall_at(
    store: &Repositories,
    user: UserId,
    id: ConversationId,
    now: Timestamp,
) -> Result<Committed<Arc<Message>>, Error> {
    store.messages.recall(user, id, Seq(1), Duration::from_secs(5), now).await
}

async fn react(
    store: &Repositories,
    user: UserId,
    id: ConversationId,
    emoji: Emoji,
) -> Result<Committed<Arc<Message>>, Error> {
    store.messages.react(user, id, Seq(1), emoji, second(9)).await
}

async fn an_edit_puts_another_text_in_place_of_the_first(store: &Repositories) {
    let Chat { ann, bob, id } = chat(store).await;
    let edited = updated(edit(store, ann, id, "uno").await);
    assert_eq!(edited.body, Body::Present { content: content("uno"), edited_at: Some(second(9)) });
    assert_eq!((edited.seq, edited.rev, edited.created_at), (Seq(1), Rev(2), second(4)));
    assert_eq!(unchanged(edit(store, ann, id, "uno").await), edited);
    assert_eq!(store.conversations.find(bob, id).await.unwrap().last_message.as_ref(), Some(&edited));
    assert_eq!(stored(store, bob, id).await, [edited]);
}

async fn only_the_sender_edits_and_only_texts(store: &Repositories) {
    let Chat { ann, bob, id } = chat(store).await;
    let eve = person(store, "Eve").await;
    assert_eq!(edit(store, bob, id, "x").await.unwrap_err(), Refusal::NotSender.into());
    assert_eq!(edit(store, eve, id, "x").await.unwrap_err(), Refusal::NotFound.into());
    let beyond = store.messages.edit(ann, id, Seq(2), words("x"), second(9)).await;
    assert_eq!(beyond.unwrap_err(), Refusal::NotFound.into());
    let room = group(store, ann).await;
    drop(store.groups.join(wish(bob, room), ROOM).await.unwrap());
    assert_eq!(edit(store, ann, room.conversation(), "x").await.unwrap_err(), Refusal::NotSender.into());
}

async fn a_recall_erases_and_keeps_the_place(store: &Repositories) {
    let Chat { ann, bob, id } = chat(store).await;
    let mentions = Mentions::new([bob]).unwrap();
    let second_draft = Draft { mentions, reply_to: Some(Seq(1)), ..draft(id, ann, "2", "two") };
    store.log.append(vec![second_draft]).await.pop().unwrap().unwrap();
    drop(store.messages.react(bob, id, Seq(2), thumb(), second(5)).await.unwrap());
    let recall = || store.messages.recall(ann, id, Seq(2), LONG, second(9));
    let recalled = updated(recall().await);
    assert_eq!(recalled.body, Body::Recalled { at: second(9) });
    assert_eq!((recalled.seq, recalled.rev, recalled.reply_to), (Seq(2), Rev(4), Some(Seq(1))));
    assert!(recalled.mentions.as_slice().is_empty() && recalled.reactions.is_empty());
    assert_eq!(stored(store, bob, id).await[1], recalled);
    assert_eq!(unchanged(recall().await), recalled);
    assert_eq!(store.conversations.find(bob, id).await.unwrap().mentions, 0);
    let edited = store.messages.edit(ann, id, Seq(2), words("x"), second(9)).await;
    assert_eq!(edited.unwrap_err(), Refusal::Recalled.into());
    let reacted = store.messages.react(bob, id, Seq(2), thumb(), second(9)).await;
    assert_eq!(reacted.unwrap_err(), Refusal::Recalled.into());
    drop(unchanged(store.messages.unreact(bob, id, Seq(2), thumb()).await));
}

async fn a_recall_is_for_the_sender_in_time(store: &Repositories) {
    let Chat { ann, bob, id } = chat(store).await;
    assert_eq!(recall_at(store, bob, id, second(4)).await.unwrap_err(), Refusal::NotSender.into());
    assert_eq!(recall_at(store, ann, id, second(10)).await.unwrap_err(), Refusal::RecallExpired.into());
    drop(updated(recall_at(store, ann, id, second(9)).await));
}

async fn a_groups_owner_recalls_anything_but_the_servers_messages(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    befriend(store, ann, bob).await;
    let created = store.groups.create(group_of(ann, &[bob])).await.unwrap().value;
    let (room, id) = (created.group.id, created.group.id.conversation());
    say(store, id, bob, "one").await.unwrap();
    drop(updated(recall_at(store, ann, id, second(999)).await));
    drop(store.groups.leave(bob, room, second(9)).await.unwrap());
    let notice = store.messages.recall(ann, id, Seq(2), LONG, second(9)).await;
    assert_eq!(notice.unwrap_err(), Refusal::NotSender.into());
}

async fn a_reaction_stands_once_for_each_person(store: &Repositories) {
    let Chat { ann, bob, id } = chat(store).await;
    drop(updated(react(store, bob, id, thumb()).await));
    drop(unchanged(react(store, bob, id, thumb()).await));
    let both = updated(react(store, ann, id, thumb()).await);
    assert_eq!(both.reactions, [Reaction { emoji: thumb(), count: 2, users: vec![bob, ann] }]);
    let heart = Emoji::new("❤").unwrap();
    let more = updated(react(store, ann, id, heart.clone()).await);
    assert_eq!(more.reactions[1], Reaction { emoji: heart, count: 1, users: vec![ann] });
    let less = updated(store.messages.unreact(bob, id, Seq(1), thumb()).await);
    assert_eq!(less.reactions[0], Reaction { emoji: thumb(), count: 1, users: vec![ann] });
    drop(unchanged(store.messages.unreact(bob, id, Seq(1), thumb()).await));
    let last = updated(store.messages.unreact(ann, id, Seq(1), thumb()).await);
    assert_eq!(last.reactions.len(), 1);
    assert_eq!(stored(store, bob, id).await, [last]);
}

async fn a_reaction_names_the_first_people_and_counts_all(store: &Repositories) {
    let ann = person(store, "Ann").await;
    let mut new = group_of(ann, &[]);
    new.history = History::All;
    let room = store.groups.create(new).await.unwrap().value.group.id;
    let id = room.conversation();
    say(store, id, ann, "one").await.unwrap();
    let mut people = Vec::new();
    for number in 0..52 {
        let user = person(store, "Somebody").await;
        drop(store.groups.join(wish(user, room), ROOM).await.unwrap());
        drop(updated(store.messages.react(user, id, Seq(1), thumb(), second(10 + number)).await));
        people.push(user);
    }
    let reaction = stored(store, ann, id).await[0].reactions[0].clone();
    assert_eq!((reaction.count, reaction.users.as_slice()), (52, &people[..50]));
    drop(updated(store.messages.unreact(people[0], id, Seq(1), thumb()).await));
    let reaction = stored(store, ann, id).await[0].reactions[0].clone();
    assert_eq!((reaction.count, reaction.users.as_slice()), (51, &people[1..51]));
}

async fn a_message_has_only_so_many_different_emoji(store: &Repositories) {
    let Chat { ann, bob, id } = chat(store).await;
    let emoji = [
        "😀", "😃", "😄", "😁", "😆", "😅", "🤣", "😂", "🙂", "🙃", "😉", "😊", "😇", "🥰", "😍", "🤩", "😘",
        "😗", "😙", "🥲",
    ];
    for one in emoji {
        drop(updated(react(store, bob, id, Emoji::new(one).unwrap()).await));
    }
    let refused = react(store, bob, id, thumb()).await.unwrap_err();
    assert!(
        matches!(&refused, Error::Invalid(violations) if violations[0].code == "too_many"),
        "{refused:?}"
    );
    drop(updated(react(store, ann, id, Emoji::new("😀").unwrap()).await));
}

async fn who_are_friends_no_more_change_nothing_but_what_is_their_own(store: &Repositories) {
    let Chat { ann, bob, id } = chat(store).await;
    drop(react(store, bob, id, thumb()).await);
    drop(store.friends.unfriend(ann, bob).await.unwrap());
    let apart = Error::from(Refusal::NotFriends);
    assert_eq!(edit(store, ann, id, "x").await.unwrap_err(), apart);
    assert_eq!(react(store, ann, id, thumb()).await.unwrap_err(), apart);
    assert_eq!(store.conversations.check_seen(ann, id).await.unwrap_err(), apart);
    assert!(!store.conversations.advance_read(bob, id, Seq(1)).await.unwrap().value.is_seen);
    drop(updated(store.messages.unreact(bob, id, Seq(1), thumb()).await));
    drop(updated(recall_at(store, ann, id, second(5)).await));
}

async fn answers_and_mentions_are_checked(store: &Repositories) {
    let Chat { ann, bob, id } = chat(store).await;
    let eve = person(store, "Eve").await;
    let send = async |name: &str, reply_to: Option<u64>, mentioned: &[UserId]| {
        let mentions = Mentions::new(mentioned.iter().copied()).unwrap();
        let draft = Draft { mentions, reply_to: reply_to.map(Seq), ..draft(id, bob, name, name) };
        store.log.append(vec![draft]).await.pop().unwrap()
    };
    let sent = send("2", Some(1), &[ann, bob]).await.unwrap().message;
    assert_eq!((sent.reply_to, sent.mentions.as_slice()), (Some(Seq(1)), &[ann, bob][..]));
    assert_eq!(stored(store, ann, id).await[1], sent);
    for (reply_to, mentioned, fields) in [
        (Some(0), vec![ann], vec!["reply_to"]),
        (Some(3), vec![], vec!["reply_to"]),
        (None, vec![ann, eve], vec!["mentions"]),
        (Some(99), vec![eve], vec!["reply_to", "mentions"]),
    ] {
        let Err(Error::Invalid(violations)) = send("3", reply_to, &mentioned).await else { panic!() };
        assert_eq!(violations.iter().map(|one| one.field.as_str()).collect::<Vec<_>>(), fields);
    }
    assert!(!send("2", Some(99), &[eve]).await.unwrap().fresh, "what was sent is not judged again");
}

async fn mentions_are_counted_until_they_are_read(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    befriend(store, ann, bob).await;
    let id = store.groups.create(group_of(ann, &[bob])).await.unwrap().value.group.id.conversation();
    for (name, mentioned) in [("1", vec![bob]), ("2", vec![]), ("3", vec![ann, bob])] {
        let mentions = Mentions::new(mentioned).unwrap();
        store
            .log
            .append(vec![Draft { mentions, ..draft(id, ann, name, name) }])
            .await
            .pop()
            .unwrap()
            .unwrap();
    }
    let counts = async |user| {
        let seen = store.conversations.find(user, id).await.unwrap();
        (seen.unread, seen.mentions)
    };
    assert_eq!((counts(bob).await, counts(ann).await), ((3, 2), (0, 0)));
    drop(store.conversations.advance_read(bob, id, Seq(1)).await.unwrap());
    assert_eq!(counts(bob).await, (2, 1));
    let listed = store.conversations.list(bob, people::first_page()).await.unwrap();
    assert_eq!(listed.items.iter().find(|one| one.id == id).unwrap().mentions, 1);
    drop(store.conversations.advance_read(bob, id, Seq(9)).await.unwrap());
    assert_eq!(counts(bob).await, (0, 0));
}

async fn a_message_sent_again_is_what_it_has_become(store: &Repositories) {
    let Chat { ann, id, .. } = chat(store).await;
    let edited = updated(edit(store, ann, id, "uno").await);
    let again = say(store, id, ann, "one").await.unwrap();
    assert_eq!((again.message, again.fresh), (edited, false));
    let other = store.log.append(vec![draft(id, ann, "one", "uno")]).await.pop().unwrap();
    assert_eq!(other.unwrap_err(), Refusal::IdempotencyConflict.into());
    let recalled = updated(recall_at(store, ann, id, second(9)).await);
    assert_eq!(say(store, id, ann, "one").await.unwrap().message, recalled);
}

/// The revs of the changed messages, each with its seq, and where the page ends.
async fn changes(store: &Repositories, user: UserId, id: ConversationId, after: u64) -> Vec<(u64, u64)> {
    let (mut found, mut after) = (Vec::new(), Rev(after));
    loop {
        let page = store.conversations.changes(user, id, after, Limit::new(2).unwrap(), 100).await.unwrap();
        let Changes::Page { messages, through, head, .. } = page else { panic!("{page:?}") };
        found.extend(messages.iter().map(|message| (message.rev.0, message.seq.0)));
        after = through;
        if through == head {
            return found;
        }
    }
}

async fn changed_messages_are_found_by_their_new_rev(store: &Repositories) {
    let Chat { ann, bob, id } = chat(store).await;
    for text in ["two", "three", "four"] {
        say(store, id, bob, text).await.unwrap();
    }
    drop(updated(react(store, bob, id, thumb()).await)); // 5: the first
    drop(updated(store.messages.edit(bob, id, Seq(3), words("tre"), second(9)).await)); // 6
    say(store, id, ann, "five").await.unwrap(); // 7
    drop(updated(react(store, ann, id, thumb()).await)); // 8: the first again
    assert_eq!(changes(store, bob, id, 0).await, [(2, 2), (4, 4), (6, 3), (7, 5), (8, 1)]);
    assert_eq!(changes(store, bob, id, 3).await, [(4, 4), (6, 3), (7, 5), (8, 1)]);
    assert_eq!(changes(store, bob, id, 6).await, [(7, 5), (8, 1)]);
    assert_eq!(changes(store, bob, id, 8).await, []);
    let stream = async |after, max| {
        let part = store.conversations.stream(id, Rev(after), max).await.unwrap();
        part.changes.iter().map(|(rev, change)| (rev.0, kind(change))).collect::<Vec<_>>()
    };
    assert_eq!(
        stream(0, 100).await,
        [
            (1, "noop"),
            (2, "message"),
            (3, "noop"),
            (4, "message"),
            (5, "noop"),
            (6, "updated"),
            (7, "message"),
            (8, "updated"),
        ]
    );
    assert_eq!(stream(2, 4).await, [(3, "noop"), (4, "message"), (5, "noop"), (6, "updated")]);
    assert_eq!(stream(2, 2).await, [(3, "noop"), (4, "message")]);
}

fn kind(change: &Change) -> &'static str {
    match change {
        Change::Message(_) => "message",
        Change::MessageUpdated(_) => "updated",
        Change::Noop => "noop",
        _ => "other",
    }
}

async fn what_has_changed_below_the_floor_is_nothing(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let room = group(store, ann).await;
    let id = room.conversation();
    say(store, id, ann, "one").await.unwrap(); // 1
    drop(store.groups.join(wish(bob, room), ROOM).await.unwrap()); // 2 to 4
    drop(updated(edit(store, ann, id, "uno").await)); // 5
    assert_eq!(changes(store, bob, id, 0).await, [(3, 2)]);
    assert_eq!(changes(store, ann, id, 0).await, [(3, 2), (5, 1)]);
    assert_eq!(react(store, bob, id, thumb()).await.unwrap_err(), Refusal::NotFound.into());
    let answer = Draft { reply_to: Some(Seq(1)), ..draft(id, bob, "x", "x") };
    assert!(matches!(store.log.append(vec![answer]).await.pop().unwrap(), Err(Error::Invalid(_))));
    assert_eq!(store.conversations.find(bob, id).await.unwrap().floor, Seq(1));
}
