use std::sync::Arc;

use chatchat_domain::conversation::{Emoji, MessageText, Notice};

use super::*;

const ANN: UserId = UserId::from_bytes([1; 16]);
const GROUP: GroupId = GroupId::from_bytes([2; 16]);
const CONVERSATION: ConversationId = GROUP.conversation();
const NOW: Timestamp = Timestamp::from_unix_micros(1_735_689_600_123_456);

fn ann() -> User {
    let avatar = Some(format!("avatars/{}", "0".repeat(32)).parse().unwrap());
    User { id: ANN, name: UserName::new("Ann \"上海\"").unwrap(), avatar, bio: Bio::new("Me.").unwrap() }
}

fn message(content: Content, sender: Option<UserId>) -> Message {
    let client_id = sender.map(|_| ClientId::new("7").unwrap());
    Message {
        conversation: CONVERSATION,
        seq: Seq(3),
        rev: Rev(u64::MAX),
        sender,
        client_id,
        body: Body::Present { content, edited_at: None },
        reply_to: None,
        mentions: Mentions::default(),
        reactions: Vec::new(),
        created_at: NOW,
    }
}

/// Messages that have seen something.
fn updated() -> [Message; 2] {
    let text = Content::Text(MessageText::new("Hi").unwrap());
    let answer = Message { reply_to: Some(Seq(2)), ..message(text.clone(), Some(ANN)) };
    let reactions = vec![Reaction { emoji: Emoji::new("👍").unwrap(), count: 9, users: vec![ANN] }];
    let mentions = Mentions::new([ANN]).unwrap();
    let body = Body::Present { content: text, edited_at: Some(NOW) };
    [
        Message { body, mentions, reactions, ..answer.clone() },
        Message { body: Body::Recalled { at: NOW }, ..answer },
    ]
}

fn group(join_policy: JoinPolicy, history: History) -> Group {
    Group {
        id: GROUP,
        name: GroupName::new("Choir").unwrap(),
        description: Description::new("").unwrap(),
        avatar: ann().avatar,
        owner: ANN,
        join_policy,
        history,
        member_count: 3,
        created_at: NOW,
    }
}

fn conversation(kind: ConversationKind, last_message: Option<Message>) -> Box<Conversation> {
    let (last_seq, rev, read_seq) = (Seq(3), Rev(5), Seq(1));
    let settings = ConversationSettings { muted: true, pinned: false };
    let (unread, mentions, floor) = (2, 1, Seq(1));
    Box::new(Conversation {
        id: CONVERSATION,
        kind,
        last_message,
        last_seq,
        rev,
        read_seq,
        unread,
        mentions,
        settings,
        floor,
    })
}

fn changes() -> Vec<Change> {
    let text = Content::Text(MessageText::new("Hello\n😀").unwrap());
    let member = |role| Change::Member(Member { user: ann(), role, muted_until: Some(NOW), joined_at: NOW });
    let mut changes = vec![
        Change::Message(Arc::new(message(text, Some(ANN)))),
        Change::Message(Arc::new(message(Content::System(Notice::MemberLeft { user: ANN }), None))),
        Change::MemberRemoved(ANN),
        Change::Removed,
        Change::Noop,
    ];
    changes.extend(updated().map(|message| Change::MessageUpdated(Arc::new(message))));
    changes.extend(Role::ALL.iter().map(|role| member(*role)));
    for policy in JoinPolicy::ALL {
        changes.extend(History::ALL.iter().map(|history| Change::Group(group(*policy, *history))));
    }
    changes
}

fn news() -> Vec<News> {
    use FriendRequestStatus::{Accepted, Cancelled, Declined, Pending};
    use RemovalReason::{Deleted, Kicked, Left, Unfriended};
    let request = |status| {
        let (id, note) = (FriendRequestId::from_bytes([9; 16]), Note::new("It's me.").unwrap());
        News::FriendRequest(FriendRequest { id, from: ann(), to: ann(), note, status, created_at: NOW })
    };
    let removed = |reason| News::ConversationRemoved { conversation: CONVERSATION, reason };
    let in_group = GroupView { group: group(JoinPolicy::Open, History::All), my_role: Some(Role::Admin) };
    let last = message(Content::System(Notice::OwnerChanged { user: ANN }), None);
    let presence = PresenceOf { online: false, last_seen_at: Some(NOW) };
    let mut news = vec![
        News::Friend(Friend {
            user: ann(),
            remark: Remark::new("my Ann").ok(),
            conversation: CONVERSATION,
            since: NOW,
            presence,
        }),
        News::FriendRemoved(ANN),
        News::ConversationAdded(conversation(ConversationKind::Direct(ann()), None)),
        News::ConversationAdded(conversation(ConversationKind::Group(in_group), Some(last))),
        News::Read { conversation: CONVERSATION, read_seq: Seq(2), unread: 1 },
        News::Settings {
            conversation: CONVERSATION,
            settings: ConversationSettings { muted: false, pinned: true },
        },
        News::SessionEnded(SessionId::from_bytes([4; 16])),
    ];
    news.extend([Pending, Accepted, Declined, Cancelled].map(request));
    news.extend([Kicked, Left, Unfriended, Deleted].map(removed));
    news
}

fn signals() -> Vec<Signal> {
    let online = PresenceOf { online: true, last_seen_at: None };
    vec![
        Signal::Receipt { conversation: CONVERSATION, user: ANN, read_seq: Seq(3) },
        Signal::Typing { conversation: CONVERSATION, user: ANN },
        Signal::Presence { user: ANN, presence: online },
    ]
}

fn events() -> Vec<Event> {
    let audiences = [
        Audience::Conversation { conversation: CONVERSATION, except: ANN },
        Audience::People(vec![ANN, UserId::from_bytes([8; 16])]),
        Audience::People(vec![]),
    ];
    let change = |change| Event::Conversation { conversation: CONVERSATION, rev: Rev(1), change };
    let tell = |news| Event::Personal { user: ANN, rev: UserRev(2), news };
    let mut events: Vec<Event> = changes().into_iter().map(change).collect();
    events.extend(news().into_iter().map(tell));
    for audience in audiences {
        let signal = |signal| Event::Ephemeral { audience: audience.clone(), signal };
        events.extend(signals().into_iter().map(signal));
    }
    events
}

#[test]
fn every_event_arrives_as_it_was_sent() {
    for event in events() {
        let json = serde_json::to_string(&Carried::new(event.clone(), None)).unwrap();
        let (arrived, _) = serde_json::from_str::<Carried>(&json).unwrap().take();
        assert_eq!(arrived, event, "{json}");
    }
}

#[test]
fn what_nobody_could_have_sent_is_refused() {
    let json = serde_json::to_string(&Profile(ann())).unwrap();
    assert!(serde_json::from_str::<Profile>(&json).is_ok());
    for (right, wrong) in
        [("Ann", "\\u0007"), ("01010101", "0101"), ("avatars", "secrets"), ("\"bio\"", "\"b\"")]
    {
        let tampered = json.replacen(right, wrong, 1);
        assert!(serde_json::from_str::<Profile>(&tampered).is_err(), "{tampered}");
    }
}
