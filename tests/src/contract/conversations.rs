use chatchat_adapters::sql::Repositories;
use chatchat_domain::conversation::{Changes, Rev, Seq, Window};
use chatchat_domain::event::Change;
use chatchat_domain::group::{GroupChange, GroupName, History};
use chatchat_domain::page::Limit;
use chatchat_domain::{ConversationId, GroupId, Refusal, UserId};

use super::people::{
    self, ROOM, befriend, first_page, group, group_of, in_pages, person, say, second, told, wish,
};

contract! {
    [
        conversations_are_listed_newest_activity_first,
        a_conversation_is_there_for_its_members_alone,
        history_pages_both_ways,
        a_member_sees_nothing_below_their_floor,
        changes_are_told_as_they_are_now,
        too_many_changes_are_a_reset,
        who_knows_what_is_not_there_fetches_afresh,
        a_stream_has_every_rev_once,
        a_read_cursor_never_goes_back,
        messages_of_the_server_are_not_unread,
        a_snapshot_tells_where_everything_stands,
        cursors_and_revs_are_told,
        the_revs_of_many_people_are_told_at_once,
    ]
    sqlite => people::sqlite();
    mysql => people::mysql().await;
}

fn limit(items: i64) -> Limit {
    Limit::new(items).unwrap()
}

/// A conversation of Ann and Bob with so many messages of Ann's.
async fn chat(store: &Repositories, messages: u64) -> (UserId, UserId, ConversationId) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let conversation = befriend(store, ann, bob).await;
    for number in 1..=messages {
        say(store, conversation, ann, &number.to_string()).await.unwrap();
    }
    (ann, bob, conversation)
}

async fn history(
    store: &Repositories,
    user: UserId,
    id: ConversationId,
    window: Window,
    items: i64,
) -> (Vec<u64>, bool) {
    let page = store.conversations.history(user, id, window, limit(items)).await.unwrap();
    (page.items.iter().map(|message| message.seq.0).collect(), page.has_more)
}

async fn joins(store: &Repositories, user: UserId, group: GroupId) {
    drop(store.groups.join(wish(user, group), ROOM).await.unwrap());
}

async fn conversations_are_listed_newest_activity_first(store: &Repositories) {
    let ann = person(store, "Ann").await;
    let mut ids = Vec::new();
    for name in ["Bob", "Cem", "Dai"] {
        let other = person(store, name).await;
        ids.push(befriend(store, ann, other).await);
    }
    say(store, ids[1], ann, "hi").await.unwrap();
    let listed =
        in_pages(async |page| store.conversations.list(ann, page).await.unwrap(), |one| one.id).await;
    assert_eq!(listed.len(), 3);
    assert_eq!(listed[0].id, ids[1]);
    assert_eq!(listed[0].last_message.as_ref().unwrap().seq, Seq(1));
    assert!(listed[1].last_message.is_none());
}

async fn a_conversation_is_there_for_its_members_alone(store: &Repositories) {
    let (_, _, id) = chat(store, 1).await;
    let eve = person(store, "Eve").await;
    let not_found = Refusal::NotFound.into();
    assert_eq!(store.conversations.find(eve, id).await.unwrap_err(), not_found);
    let window = Window::Newest;
    assert_eq!(store.conversations.history(eve, id, window, Limit::MAX).await.unwrap_err(), not_found);
    assert_eq!(store.conversations.changes(eve, id, Rev(0), Limit::MAX, 10).await.unwrap_err(), not_found);
    assert_eq!(store.conversations.advance_read(eve, id, Seq(1)).await.unwrap_err(), not_found);
    assert_eq!(store.conversations.read_cursors(eve, id).await.unwrap_err(), not_found);
    assert_eq!(store.conversations.is_member(eve, id).await, Ok(false));
    assert!(store.conversations.list(eve, first_page()).await.unwrap().items.is_empty());
}

async fn history_pages_both_ways(store: &Repositories) {
    let (ann, _, id) = chat(store, 5).await;
    assert_eq!(history(store, ann, id, Window::Newest, 2).await, (vec![4, 5], true));
    assert_eq!(history(store, ann, id, Window::Before(Seq(4)), 2).await, (vec![2, 3], true));
    assert_eq!(history(store, ann, id, Window::Before(Seq(2)), 2).await, (vec![1], false));
    assert_eq!(history(store, ann, id, Window::After(Seq(0)), 3).await, (vec![1, 2, 3], true));
    assert_eq!(history(store, ann, id, Window::After(Seq(3)), 3).await, (vec![4, 5], false));
    assert_eq!(history(store, ann, id, Window::After(Seq(5)), 3).await, (vec![], false));
}

async fn a_member_sees_nothing_below_their_floor(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    for (policy, seen) in [(History::SinceJoin, vec![2, 3]), (History::All, vec![1, 2, 3])] {
        let mut new = group_of(ann, &[]);
        new.history = policy;
        let id = store.groups.create(new).await.unwrap().value.group.id;
        say(store, id.conversation(), ann, "before").await.unwrap();
        joins(store, bob, id).await;
        say(store, id.conversation(), ann, "after").await.unwrap();
        assert_eq!(history(store, bob, id.conversation(), Window::Newest, 100).await.0, seen);
        let changes =
            store.conversations.changes(bob, id.conversation(), Rev(0), Limit::MAX, 100).await.unwrap();
        let Changes::Page { messages, .. } = changes else { panic!("{changes:?}") };
        assert_eq!(messages.iter().map(|message| message.seq.0).collect::<Vec<_>>(), seen);
        let unread = u64::try_from(seen.len()).unwrap() - 1; // the server's own is not counted
        assert_eq!(store.conversations.find(bob, id.conversation()).await.unwrap().unread, unread);
    }
}

async fn changes_are_told_as_they_are_now(store: &Repositories) {
    let (ann, bob, cem) =
        (person(store, "Ann").await, person(store, "Bob").await, person(store, "Cem").await);
    let id = group(store, ann).await;
    joins(store, bob, id).await; // 1 to 3
    say(store, id.conversation(), ann, "hi").await.unwrap(); // 4
    joins(store, cem, id).await; // 5 to 7
    drop(store.groups.leave(bob, id, second(5)).await.unwrap()); // 8 to 10
    let (mut after, mut seqs, mut members, mut gone, mut groups) = (Rev(0), vec![], vec![], vec![], 0);
    loop {
        let page = store.conversations.changes(ann, id.conversation(), after, limit(2), 100).await.unwrap();
        let Changes::Page { messages, members: now, removed, group, through, head } = page else { panic!() };
        assert_eq!(head, Rev(10));
        seqs.extend(messages.iter().map(|message| message.seq.0));
        members.extend(now.iter().map(|member| member.user.id));
        gone.extend(removed);
        groups += group.iter().count();
        after = through;
        if through == head {
            break;
        }
    }
    assert_eq!((seqs, members, gone, groups), (vec![1, 2, 3, 4], vec![cem], vec![bob], 1));
    let nothing = store.conversations.changes(ann, id.conversation(), Rev(10), limit(2), 100).await.unwrap();
    let Changes::Page { messages, through, .. } = nothing else { panic!() };
    assert_eq!((messages.len(), through), (0, Rev(10)));
}

async fn too_many_changes_are_a_reset(store: &Repositories) {
    let (ann, _, id) = chat(store, 5).await;
    let changes = async |after| store.conversations.changes(ann, id, Rev(after), limit(2), 4).await.unwrap();
    assert_eq!(changes(0).await, Changes::Reset { head: Rev(5) });
    assert!(matches!(changes(1).await, Changes::Page { through: Rev(3), head: Rev(5), .. }));
}

async fn who_knows_what_is_not_there_fetches_afresh(store: &Repositories) {
    let (ann, _, id) = chat(store, 5).await;
    for unknown in [Rev(6), Rev(1 << 40)] {
        let changes = store.conversations.changes(ann, id, unknown, limit(2), 100).await.unwrap();
        assert_eq!(changes, Changes::Reset { head: Rev(5) });
    }
}

async fn a_stream_has_every_rev_once(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let id = group(store, ann).await;
    joins(store, bob, id).await; // 1 member, 2 notice, 3 group
    say(store, id.conversation(), bob, "hi").await.unwrap(); // 4
    let name = Some(GroupName::new("Climbers").unwrap());
    let change = GroupChange { name, ..Default::default() };
    drop(store.groups.change(ann, id, change, second(6)).await.unwrap()); // 5 group, 6 notice
    let stream = store.conversations.stream(id.conversation(), Rev(0), 100).await.unwrap().changes;
    let words: Vec<(u64, &str)> = stream.iter().map(|(rev, change)| (rev.0, kind(change))).collect();
    assert_eq!(
        words,
        [(1, "member"), (2, "message"), (3, "noop"), (4, "message"), (5, "group"), (6, "message")]
    );
    let part = store.conversations.stream(id.conversation(), Rev(3), 2).await.unwrap().changes;
    assert_eq!(part.iter().map(|(rev, _)| rev.0).collect::<Vec<_>>(), [4, 5]);
    drop(store.groups.delete(ann, id, second(9)).await.unwrap());
    let end = store.conversations.stream(id.conversation(), Rev(6), 100).await.unwrap().changes;
    assert_eq!(end, [(Rev(7), Change::Removed)]);
}

fn kind(change: &Change) -> &'static str {
    match change {
        Change::Message(_) => "message",
        Change::MessageUpdated(_) => "updated",
        Change::Member(_) => "member",
        Change::MemberRemoved(_) => "member_removed",
        Change::Group(_) => "group",
        Change::Removed => "removed",
        Change::Noop => "noop",
    }
}

async fn a_read_cursor_never_goes_back(store: &Repositories) {
    let (_, bob, id) = chat(store, 5).await;
    let advance = async |seq| {
        let moved = store.conversations.advance_read(bob, id, Seq(seq)).await.unwrap();
        (moved.value.read_seq.0, moved.value.unread, moved.value.moved, told(&moved.events).len())
    };
    assert_eq!(advance(3).await, (3, 2, true, 1));
    assert_eq!(advance(1).await, (3, 2, false, 0));
    assert_eq!(advance(99).await, (5, 0, true, 1));
    assert_eq!(advance(99).await, (5, 0, false, 0));
}

async fn messages_of_the_server_are_not_unread(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let id = group(store, ann).await;
    joins(store, bob, id).await;
    let of_ann = store.conversations.find(ann, id.conversation()).await.unwrap();
    assert_eq!((of_ann.last_seq, of_ann.unread), (Seq(1), 0));
    say(store, id.conversation(), bob, "hi").await.unwrap();
    assert_eq!(store.conversations.find(ann, id.conversation()).await.unwrap().unread, 1);
    let moved = store.conversations.advance_read(ann, id.conversation(), Seq(1)).await.unwrap();
    assert_eq!((moved.value.unread, moved.value.member_count), (1, 2));
}

async fn a_snapshot_tells_where_everything_stands(store: &Repositories) {
    let (_, bob, id) = chat(store, 3).await;
    let cem = person(store, "Cem").await;
    let group = group(store, cem).await;
    joins(store, bob, group).await;
    drop(store.conversations.advance_read(bob, id, Seq(1)).await.unwrap());
    let snapshot = store.conversations.snapshot(bob).await.unwrap();
    assert_eq!(snapshot.heads.len(), 2);
    let head = snapshot.heads.iter().find(|head| head.conversation == id).unwrap();
    assert_eq!((head.last_seq.0, head.rev.0, head.read_seq.0, head.unread), (3, 3, 1, 2));
    assert_eq!(snapshot.user_rev.0, 4 + 1 + 1, "befriended, in a group, read");
}

async fn cursors_and_revs_are_told(store: &Repositories) {
    let (ann, bob, id) = chat(store, 2).await;
    let mut cursors = store.conversations.read_cursors(ann, id).await.unwrap();
    cursors.sort_unstable_by_key(|cursor| cursor.read_seq);
    let told: Vec<_> = cursors.iter().map(|cursor| (cursor.user, cursor.read_seq.0)).collect();
    assert_eq!(told, [(bob, 0), (ann, 2)]);
    let unknown = ConversationId::direct(ann, ann);
    assert_eq!(store.conversations.revs(&[id, unknown]).await, Ok(vec![(id, Rev(2))]));
}

async fn the_revs_of_many_people_are_told_at_once(store: &Repositories) {
    let (ann, bob, id) = chat(store, 2).await;
    let _ = store.conversations.advance_read(bob, id, Seq(2)).await.unwrap();
    let of_each = async |user| (user, store.conversations.snapshot(user).await.unwrap().user_rev);
    let expected = [of_each(ann).await, of_each(bob).await];
    assert_ne!(expected[0].1, expected[1].1);
    let mut asked: Vec<UserId> = (0..2000_u128).map(|n| UserId::from_bytes(n.to_be_bytes())).collect();
    asked.extend([ann, bob]);
    let mut told = store.conversations.user_revs(&asked).await.unwrap();
    told.sort_unstable_by_key(|(user, _)| *user != ann);
    assert_eq!(told, expected);
}
