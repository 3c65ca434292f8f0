use std::time::Duration;

use chatchat_adapters::sql::Repositories;
use chatchat_adapters::system::{SystemClock, SystemRandom};
use chatchat_domain::attachment::{Attached, Attachment, ContentType, Dimensions, FileName, NewAttachment};
use chatchat_domain::conversation::{Content, Draft, MessageText, Seq};
use chatchat_domain::outbox::{Claimed, Work};
use chatchat_domain::ports::ObjectKey;
use chatchat_domain::{AttachmentId, ConversationId, Error, Refusal, UserId};

use super::people::{self, ROOM, befriend, draft, group, person, say, second, wish};

contract! {
    [
        an_attachment_is_there_for_who_brought_it_until_it_is_sent,
        an_attachment_is_there_for_who_can_read_it,
        what_no_message_holds_goes_after_a_day_and_what_one_holds_stays,
        what_is_recalled_goes_unless_another_message_holds_it,
        what_is_gone_cannot_be_sent,
        the_same_attachment_sent_again_under_its_name_is_no_second_message,
        a_deleted_group_lets_go_of_what_it_held,
    ]
    sqlite => people::sqlite();
    mysql => people::mysql().await;
}

const DAY: u64 = 24 * 3600;

fn image() -> Attachment {
    Attachment {
        attached: Attached {
            id: AttachmentId::generate(&SystemClock, &SystemRandom),
            name: FileName::new("上海.png").unwrap(),
            size: 1234,
            content_type: ContentType::new("image/png").unwrap(),
            dimensions: Some(Dimensions { width: 40, height: 30 }),
        },
        object: ObjectKey::attachment(&SystemRandom),
        thumbnail: Some(ObjectKey::thumbnail(&SystemRandom)),
    }
}

async fn brought(store: &Repositories, uploader: UserId) -> Attachment {
    let attachment = image();
    let new = NewAttachment { attachment: attachment.clone(), uploader, now: second(1) };
    store.attachments.create(new).await.unwrap();
    attachment
}

async fn send(
    store: &Repositories,
    conversation: ConversationId,
    sender: UserId,
    attachment: &Attachment,
    name: &str,
) -> Result<Seq, Error> {
    let content = Content::Attachment(attachment.attached.clone());
    let sent =
        store.log.append(vec![Draft { content, ..draft(conversation, sender, name, name) }]).await.pop();
    sent.unwrap().map(|sent| sent.message.seq)
}

async fn has(store: &Repositories, user: UserId, attachment: &Attachment) -> bool {
    match store.attachments.find(user, attachment.attached.id).await {
        Ok(found) => found == *attachment,
        Err(error) => {
            assert_eq!(error, Refusal::NotFound.into());
            false
        }
    }
}

/// What of this attachment is owed so many seconds after the beginning; it stays owed.
async fn owed(store: &Repositories, attachment: &Attachment, at: u64) -> Vec<&'static str> {
    let claimed = store.outbox.claim(second(at), second(at), 1000).await.unwrap();
    let what = |claimed: &Claimed| match &claimed.work {
        Work::Disuse(id) if *id == attachment.attached.id => Some("look"),
        Work::Removal(key) if *key == attachment.object => Some("object"),
        Work::Removal(key) if Some(key) == attachment.thumbnail.as_ref() => Some("thumbnail"),
        _ => None,
    };
    let mut owed: Vec<_> = claimed.iter().filter_map(what).collect();
    owed.sort_unstable();
    owed
}

async fn an_attachment_is_there_for_who_brought_it_until_it_is_sent(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let attachment = brought(store, ann).await;
    assert!(has(store, ann, &attachment).await && !has(store, bob, &attachment).await);
    let id = befriend(store, ann, bob).await;
    assert!(!has(store, bob, &attachment).await);
    let seq = send(store, id, ann, &attachment, "1").await.unwrap();
    assert!(has(store, bob, &attachment).await);
    let message = store.conversations.find(bob, id).await.unwrap().last_message.unwrap();
    assert_eq!(message.seq, seq);
    let edited = store.messages.edit(ann, id, seq, MessageText::new("x").unwrap(), second(5)).await;
    assert!(matches!(edited, Err(Error::Invalid(_))), "it is no text");
}

async fn an_attachment_is_there_for_who_can_read_it(store: &Repositories) {
    let (ann, bob, cem) =
        (person(store, "Ann").await, person(store, "Bob").await, person(store, "Cem").await);
    let room = group(store, ann).await;
    drop(store.groups.join(wish(bob, room), ROOM).await.unwrap());
    let attachment = brought(store, ann).await;
    send(store, room.conversation(), ann, &attachment, "1").await.unwrap();
    drop(store.groups.join(wish(cem, room), ROOM).await.unwrap());
    assert!(has(store, bob, &attachment).await);
    assert!(!has(store, cem, &attachment).await, "it was sent before they came");
    drop(store.groups.kick(ann, room, bob, second(5)).await.unwrap());
    assert!(!has(store, bob, &attachment).await);
    drop(store.groups.transfer(ann, room, cem, second(6)).await.unwrap());
    drop(store.groups.leave(ann, room, second(6)).await.unwrap());
    assert!(has(store, ann, &attachment).await, "what one has brought is one's own");
}

async fn what_no_message_holds_goes_after_a_day_and_what_one_holds_stays(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let id = befriend(store, ann, bob).await;
    let (sent, forgotten) = (brought(store, ann).await, brought(store, ann).await);
    assert!(owed(store, &forgotten, DAY).await.is_empty(), "not yet");
    send(store, id, ann, &sent, "1").await.unwrap();
    assert_eq!(owed(store, &forgotten, DAY + 1).await, ["look"]);
    assert!(owed(store, &sent, DAY + 1).await.is_empty());
    for attachment in [&sent, &forgotten] {
        store.attachments.remove_unused(attachment.attached.id, second(DAY)).await.unwrap();
    }
    assert!(has(store, bob, &sent).await && !has(store, ann, &forgotten).await);
    assert_eq!(owed(store, &forgotten, DAY + 2).await, ["look", "object", "thumbnail"]);
    assert!(owed(store, &sent, DAY + 2).await.is_empty());
    store.attachments.remove_unused(forgotten.attached.id, second(DAY)).await.unwrap();
}

async fn what_is_recalled_goes_unless_another_message_holds_it(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let id = befriend(store, ann, bob).await;
    let attachment = brought(store, ann).await;
    let first = send(store, id, ann, &attachment, "1").await.unwrap();
    let other = send(store, id, ann, &attachment, "2").await.unwrap();
    for (seq, stays) in [(first, true), (other, false)] {
        drop(store.messages.recall(ann, id, seq, Duration::from_secs(99), second(9)).await.unwrap());
        assert_eq!(owed(store, &attachment, 9).await, ["look"]);
        store.attachments.remove_unused(attachment.attached.id, second(9)).await.unwrap();
        assert_eq!(has(store, bob, &attachment).await, stays);
    }
    assert!(!has(store, ann, &attachment).await);
}

async fn what_is_gone_cannot_be_sent(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let id = befriend(store, ann, bob).await;
    let attachment = brought(store, ann).await;
    store.attachments.remove_unused(attachment.attached.id, second(9)).await.unwrap();
    let Err(Error::Invalid(violations)) = send(store, id, ann, &attachment, "1").await else { panic!() };
    assert_eq!(violations[0].field, "content.attachment_id");
    assert_eq!(say(store, id, ann, "still fine").await.unwrap().message.seq, Seq(1));
}

async fn the_same_attachment_sent_again_under_its_name_is_no_second_message(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let id = befriend(store, ann, bob).await;
    let (attachment, other) = (brought(store, ann).await, brought(store, ann).await);
    let sent = send(store, id, ann, &attachment, "1").await;
    assert_eq!(send(store, id, ann, &attachment, "1").await, sent);
    assert_eq!(send(store, id, ann, &other, "1").await, Err(Refusal::IdempotencyConflict.into()));
}

async fn a_deleted_group_lets_go_of_what_it_held(store: &Repositories) {
    let ann = person(store, "Ann").await;
    let room = group(store, ann).await;
    let attachment = brought(store, ann).await;
    send(store, room.conversation(), ann, &attachment, "1").await.unwrap();
    drop(store.groups.delete(ann, room, second(9)).await.unwrap());
    assert!(!store.groups.erase(room, second(9)).await.unwrap());
    assert_eq!(owed(store, &attachment, 9).await, ["look"]);
    store.attachments.remove_unused(attachment.attached.id, second(9)).await.unwrap();
    assert!(!has(store, ann, &attachment).await);
}
