use std::collections::HashMap;
use std::sync::Arc;

use mockall::predicate::eq;

use crate::Refusal::{IdempotencyConflict, Muted, NotFound, NotFriends, NotSender, RecallExpired};
use crate::conversation::{
    Appended, Changes, ClientId, Content, Conversation, ConversationKind, ConversationSettings, Draft, Emoji,
    Head, HistoryPage, MAX_CHANGES, Mentions, MessageText, NewMessage, ReadCursor, ReadMoved, Rev, Seq,
    SettingsChange, Snapshot, StreamPart, TYPING_EVERY, Window,
};
use crate::event::{Audience, Change, Committed, Event, Signal, UserRev};
use crate::page::{Limit, Page, PageRequest};
use crate::testing::{
    ANN, BOB, CHAT, GROUP, Mocks, NOW, RECALL_WITHIN, away, caller, committed, events, message, user,
};
use crate::{App, Error, Exceeded};

fn conversation() -> Conversation {
    Conversation {
        id: CHAT,
        kind: ConversationKind::Direct(user("Bob")),
        last_message: Some(message("hello")),
        last_seq: Seq(8),
        rev: Rev(9),
        read_seq: Seq(7),
        unread: 1,
        mentions: 0,
        settings: ConversationSettings::default(),
        floor: Seq(0),
    }
}

fn head(rev: u64) -> Head {
    Head { conversation: CHAT, last_seq: Seq(8), rev: Rev(rev), read_seq: Seq(7), unread: 1, floor: Seq(0) }
}

async fn send(app: App) -> Result<(Arc<crate::conversation::Message>, bool), Error> {
    let text = MessageText::new("hello").unwrap();
    app.conversations().send(caller(), CHAT, NewMessage::text(ClientId::new("a1").unwrap(), text)).await
}

fn moved(moved: bool, member_count: u32) -> ReadMoved {
    ReadMoved { read_seq: Seq(8), unread: 0, moved, member_count, is_seen: true }
}

fn typing() -> Vec<Event> {
    let audience = Audience::Conversation { conversation: CHAT, except: ANN };
    vec![Event::Ephemeral { audience, signal: Signal::Typing { conversation: CHAT, user: ANN } }]
}

#[tokio::test]
async fn a_message_is_stored_then_told_under_its_rev() {
    let mut mocks = Mocks::new();
    let draft = Draft {
        conversation: CHAT,
        sender: ANN,
        client_id: ClientId::new("a1").unwrap(),
        content: Content::Text(MessageText::new("hello").unwrap()),
        reply_to: None,
        mentions: Mentions::default(),
        now: NOW,
    };
    mocks
        .log
        .expect_append()
        .with(eq(vec![draft]))
        .once()
        .return_once(|_| vec![Ok(Appended { message: message("hello"), fresh: true })]);
    let message = Arc::new(message("hello"));
    let change = Change::Message(Arc::clone(&message));
    mocks.tells(vec![Event::Conversation { conversation: CHAT, rev: message.rev, change }]);
    assert_eq!(send(mocks.app()).await, Ok((message, true)));
}

#[tokio::test]
async fn a_message_sent_again_is_the_stored_one_and_told_to_nobody() {
    let mut mocks = Mocks::new();
    mocks.log.expect_append().return_once(|_| vec![Ok(Appended { message: message("hello"), fresh: false })]);
    assert_eq!(send(mocks.app()).await, Ok((Arc::new(message("hello")), false)));
}

#[tokio::test]
async fn a_refused_send_tells_nobody() {
    for error in [Error::from(NotFound), NotFriends.into(), IdempotencyConflict.into(), away()] {
        let (mut mocks, given) = (Mocks::new(), error.clone());
        mocks.log.expect_append().return_once(|_| vec![Err(given)]);
        assert_eq!(send(mocks.app()).await, Err(error));
    }
}

#[tokio::test]
async fn a_log_that_does_not_answer_is_a_defect_and_no_panic() {
    let mut mocks = Mocks::new();
    mocks.log.expect_append().return_once(|_| Vec::new());
    assert!(matches!(send(mocks.app()).await, Err(Error::Internal(_))));
}

#[tokio::test]
async fn the_list_is_the_callers() {
    let mut mocks = Mocks::new();
    let page = Page { items: vec![conversation()], next: None };
    let given = page.clone();
    mocks
        .conversations
        .expect_list()
        .with(eq(ANN), eq(PageRequest::default()))
        .once()
        .return_once(|_, _| Ok(given));
    assert_eq!(mocks.app().conversations().list(caller(), PageRequest::default()).await, Ok(page));
}

#[tokio::test]
async fn one_conversation_is_as_the_caller_sees_it() {
    let mut mocks = Mocks::new();
    mocks.conversations.expect_find().with(eq(ANN), eq(CHAT)).once().return_once(|_, _| Ok(conversation()));
    assert_eq!(mocks.app().conversations().find(caller(), CHAT).await, Ok(conversation()));
}

#[tokio::test]
async fn the_snapshot_is_the_callers() {
    let mut mocks = Mocks::new();
    let snapshot = Snapshot { user_rev: UserRev(5), heads: vec![head(9)] };
    let given = snapshot.clone();
    mocks.conversations.expect_snapshot().with(eq(ANN)).once().return_once(|_| Ok(given));
    assert_eq!(mocks.app().conversations().snapshot(caller()).await, Ok(snapshot));
}

#[test]
fn a_snapshot_gives_what_a_client_knows_otherwise_or_not_at_all() {
    let snapshot = Snapshot { user_rev: UserRev(5), heads: vec![head(9)] };
    let unknown = |known: &[(_, _)]| snapshot.unknown_to(&HashMap::from_iter(known.to_vec())).count();
    assert_eq!(unknown(&[(CHAT, Rev(9))]), 0);
    assert_eq!(unknown(&[(CHAT, Rev(8))]), 1);
    assert_eq!(unknown(&[(GROUP.conversation(), Rev(9))]), 1);
}

#[tokio::test]
async fn history_around_a_message_has_it_in_the_middle_and_more_if_either_side_has() {
    let mut mocks = Mocks::new();
    for (window, items, text, has_more) in
        [(Window::After(Seq(8)), 2, "after", false), (Window::Before(Seq(9)), 1, "before", true)]
    {
        let page = HistoryPage { items: vec![message(text)], has_more };
        mocks
            .conversations
            .expect_history()
            .with(eq(ANN), eq(CHAT), eq(window), eq(Limit::new(items).unwrap()))
            .once()
            .return_once(|_, _, _, _| Ok(page));
    }
    let around = mocks.app().conversations().around(caller(), CHAT, Seq(9), Limit::new(3).unwrap()).await;
    let items = vec![message("before"), message("after")];
    assert_eq!(around, Ok(HistoryPage { items, has_more: true }));
}

#[tokio::test]
async fn history_is_read_in_the_window_asked_for() {
    let mut mocks = Mocks::new();
    let history = HistoryPage { items: vec![message("hello")], has_more: true };
    let (given, limit) = (history.clone(), Limit::new(1).unwrap());
    mocks
        .conversations
        .expect_history()
        .with(eq(ANN), eq(CHAT), eq(Window::Before(Seq(9))), eq(limit))
        .once()
        .return_once(|_, _, _, _| Ok(given));
    let read = mocks.app().conversations().history(caller(), CHAT, Window::Before(Seq(9)), limit).await;
    assert_eq!(read, Ok(history));
}

#[tokio::test]
async fn more_changes_than_are_worth_sending_are_not_asked_for() {
    let mut mocks = Mocks::new();
    mocks
        .conversations
        .expect_changes()
        .with(eq(ANN), eq(CHAT), eq(Rev(3)), eq(Limit::MAX), eq(MAX_CHANGES))
        .once()
        .return_once(|_, _, _, _, _| Ok(Changes::Reset { head: Rev(2000) }));
    let changes = mocks.app().conversations().changes(caller(), CHAT, Rev(3), Limit::MAX).await;
    assert_eq!(changes, Ok(Changes::Reset { head: Rev(2000) }));
}

#[tokio::test]
async fn who_is_not_a_member_reads_nothing() {
    let mut mocks = Mocks::new();
    mocks.conversations.expect_find().return_once(|_, _| Err(NotFound.into()));
    mocks.conversations.expect_history().return_once(|_, _, _, _| Err(NotFound.into()));
    mocks.conversations.expect_changes().return_once(|_, _, _, _, _| Err(NotFound.into()));
    mocks.conversations.expect_read_cursors().return_once(|_, _| Err(NotFound.into()));
    let app = mocks.app();
    let chats = app.conversations();
    assert_eq!(chats.find(caller(), CHAT).await, Err(NotFound.into()));
    assert_eq!(chats.history(caller(), CHAT, Window::Newest, Limit::MAX).await, Err(NotFound.into()));
    assert_eq!(chats.changes(caller(), CHAT, Rev(0), Limit::MAX).await, Err(NotFound.into()));
    assert_eq!(chats.receipts(caller(), CHAT).await, Err(NotFound.into()));
}

#[tokio::test]
async fn a_cursor_that_moves_in_a_small_conversation_is_told_to_its_owner_then_to_the_others() {
    let mut mocks = Mocks::new();
    mocks
        .conversations
        .expect_advance_read()
        .with(eq(ANN), eq(CHAT), eq(Seq(9)))
        .once()
        .return_once(|_, _, _| Ok(committed(moved(true, 256))));
    let audience = Audience::Conversation { conversation: CHAT, except: ANN };
    let signal = Signal::Receipt { conversation: CHAT, user: ANN, read_seq: Seq(8) };
    mocks.tells([events(), vec![Event::Ephemeral { audience, signal }]].concat());
    let read = mocks.app().conversations().read(caller(), CHAT, Seq(9)).await;
    assert_eq!(read, Ok(moved(true, 256)));
}

#[tokio::test]
async fn a_cursor_that_moves_in_a_large_conversation_is_told_to_its_owner_alone() {
    let mut mocks = Mocks::new();
    mocks.conversations.expect_advance_read().return_once(|_, _, _| Ok(committed(moved(true, 257))));
    mocks.tells(events());
    let read = mocks.app().conversations().read(caller(), CHAT, Seq(8)).await;
    assert_eq!(read, Ok(moved(true, 257)));
}

#[tokio::test]
async fn a_cursor_that_stays_is_told_to_nobody() {
    let mut mocks = Mocks::new();
    mocks.conversations.expect_advance_read().return_once(|_, _, _| Ok(Committed::quietly(moved(false, 2))));
    let read = mocks.app().conversations().read(caller(), CHAT, Seq(8)).await;
    assert_eq!(read, Ok(moved(false, 2)));
}

#[tokio::test]
async fn a_refused_read_tells_nobody() {
    for error in [Error::from(NotFound), away()] {
        let (mut mocks, given) = (Mocks::new(), error.clone());
        mocks.conversations.expect_advance_read().return_once(|_, _, _| Err(given));
        assert_eq!(mocks.app().conversations().read(caller(), CHAT, Seq(8)).await, Err(error));
    }
}

#[tokio::test]
async fn receipts_are_how_far_each_member_has_read() {
    let mut mocks = Mocks::new();
    let cursors = vec![ReadCursor { user: BOB, read_seq: Seq(8) }];
    let given = cursors.clone();
    mocks.conversations.expect_read_cursors().with(eq(ANN), eq(CHAT)).once().return_once(|_, _| Ok(given));
    assert_eq!(mocks.app().conversations().receipts(caller(), CHAT).await, Ok(cursors));
}

#[tokio::test]
async fn typing_is_told_to_the_others() {
    let mut mocks = Mocks::new();
    mocks.conversations.expect_check_seen().with(eq(ANN), eq(CHAT)).once().return_once(|_, _| Ok(()));
    mocks
        .pacer
        .expect_check()
        .withf(|policy, key| {
            (policy.quota, policy.window) == (1, TYPING_EVERY) && key == format!("{ANN}/{CHAT}")
        })
        .once()
        .return_once(|_, _| Ok(()));
    mocks.tells(typing());
    assert_eq!(mocks.app().conversations().typing(caller(), CHAT).await, Ok(()));
}

#[tokio::test]
async fn typing_on_is_no_error_and_told_to_nobody() {
    let mut mocks = Mocks::new();
    mocks.conversations.expect_check_seen().return_once(|_, _| Ok(()));
    let (window, retry_after) = (TYPING_EVERY, TYPING_EVERY);
    mocks.pacer.expect_check().once().return_once(move |policy, _| {
        Err(Error::RateLimited(Exceeded { policy: policy.name, quota: 1, window, retry_after }))
    });
    assert_eq!(mocks.app().conversations().typing(caller(), CHAT).await, Ok(()));
}

#[tokio::test]
async fn typing_where_one_may_not_be_seen_is_refused_and_told_to_nobody() {
    for refusal in [NotFound, NotFriends] {
        let mut mocks = Mocks::new();
        mocks.conversations.expect_check_seen().return_once(move |_, _| Err(refusal.into()));
        assert_eq!(mocks.app().conversations().typing(caller(), CHAT).await, Err(refusal.into()));
    }
}

#[tokio::test]
async fn whoever_delivers_streams_reads_them_from_the_store() {
    let mut mocks = Mocks::new();
    let part = StreamPart { changes: vec![(Rev(4), Change::Noop), (Rev(5), Change::Removed)] };
    let given = part.clone();
    mocks
        .conversations
        .expect_revs()
        .withf(|asked| asked == [CHAT])
        .once()
        .return_once(|_| Ok(vec![(CHAT, Rev(5))]));
    mocks
        .conversations
        .expect_stream()
        .with(eq(CHAT), eq(Rev(3)), eq(2))
        .once()
        .return_once(|_, _, _| Ok(given));
    mocks.conversations.expect_is_member().with(eq(BOB), eq(CHAT)).once().return_once(|_, _| Ok(true));
    let user_revs = || Ok(vec![(BOB, UserRev(7))]);
    mocks
        .conversations
        .expect_user_revs()
        .withf(|asked| asked == [BOB])
        .once()
        .return_once(move |_| user_revs());
    let app = mocks.app();
    assert_eq!(app.conversations().user_revs(&[BOB]).await, user_revs());
    assert_eq!(app.conversations().revs(&[CHAT]).await, Ok(vec![(CHAT, Rev(5))]));
    assert_eq!(app.conversations().stream(CHAT, Rev(3), 2).await, Ok(part));
    assert_eq!(app.conversations().is_member(BOB, CHAT).await, Ok(true));
}

#[tokio::test]
async fn who_closes_a_friendship_is_not_seen_reading_any_more() {
    let mut mocks = Mocks::new();
    let unseen = ReadMoved { is_seen: false, ..moved(true, 2) };
    mocks.conversations.expect_advance_read().return_once(move |_, _, _| Ok(committed(unseen)));
    mocks.tells(events());
    assert_eq!(mocks.app().conversations().read(caller(), CHAT, Seq(8)).await, Ok(unseen));
}

#[tokio::test]
async fn what_changes_a_message_is_told() {
    let text = || MessageText::new("hello").unwrap();
    let thumb = || Emoji::new("👍").unwrap();
    let mut mocks = Mocks::new();
    let changed = || Ok(committed(Arc::new(message("hello"))));
    mocks
        .messages
        .expect_edit()
        .with(eq(ANN), eq(CHAT), eq(Seq(8)), eq(text()), eq(NOW))
        .once()
        .return_once(move |_, _, _, _, _| changed());
    mocks
        .messages
        .expect_recall()
        .with(eq(ANN), eq(CHAT), eq(Seq(8)), eq(RECALL_WITHIN), eq(NOW))
        .once()
        .return_once(move |_, _, _, _, _| changed());
    mocks
        .messages
        .expect_react()
        .with(eq(ANN), eq(CHAT), eq(Seq(8)), eq(thumb()), eq(NOW))
        .once()
        .return_once(move |_, _, _, _, _| changed());
    mocks
        .messages
        .expect_unreact()
        .with(eq(ANN), eq(CHAT), eq(Seq(8)), eq(thumb()))
        .once()
        .return_once(move |_, _, _, _| changed());
    mocks.bus.expect_publish().with(eq(events())).times(4).return_const(());
    let app = mocks.app();
    let chats = app.conversations();
    let expected = Ok(Arc::new(message("hello")));
    assert_eq!(chats.edit(caller(), CHAT, Seq(8), text()).await, expected);
    assert_eq!(chats.recall(caller(), CHAT, Seq(8)).await, expected);
    assert_eq!(chats.react(caller(), CHAT, Seq(8), thumb()).await, expected);
    assert_eq!(chats.unreact(caller(), CHAT, Seq(8), thumb()).await, expected);
}

#[tokio::test]
async fn what_is_refused_changes_nothing_and_is_told_to_nobody() {
    let mut mocks = Mocks::new();
    mocks.messages.expect_edit().return_once(|_, _, _, _, _| Err(NotSender.into()));
    mocks.messages.expect_recall().return_once(|_, _, _, _, _| Err(RecallExpired.into()));
    mocks.messages.expect_react().return_once(|_, _, _, _, _| Err(Muted.into()));
    let app = mocks.app();
    let chats = app.conversations();
    let text = MessageText::new("hello").unwrap();
    assert_eq!(chats.edit(caller(), CHAT, Seq(8), text).await, Err(NotSender.into()));
    assert_eq!(chats.recall(caller(), CHAT, Seq(8)).await, Err(RecallExpired.into()));
    let reacted = chats.react(caller(), CHAT, Seq(8), Emoji::new("👍").unwrap()).await;
    assert_eq!(reacted, Err(Muted.into()));
}

#[tokio::test]
async fn what_one_sets_for_oneself_is_told_to_oneself() {
    let mut mocks = Mocks::new();
    let change = SettingsChange { muted: Some(true), pinned: None };
    mocks
        .conversations
        .expect_change_settings()
        .with(eq(ANN), eq(CHAT), eq(change))
        .once()
        .return_once(|_, _, _| Ok(committed(conversation())));
    mocks.tells(events());
    let changed = mocks.app().conversations().change_settings(caller(), CHAT, change).await;
    assert_eq!(changed, Ok(conversation()));
}
