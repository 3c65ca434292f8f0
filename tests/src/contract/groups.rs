use chatchat_adapters::sql::Repositories;
use chatchat_domain::conversation::{Draft, Seq};
use chatchat_domain::event::Committed;
use chatchat_domain::group::{
    GroupChange, GroupName, History, JoinPolicy, JoinRequest, JoinRequestStatus, Joined, Member,
    MemberChange, Role,
};
use chatchat_domain::outbox::Work;
use chatchat_domain::text::Query;
use chatchat_domain::{Error, GroupId, Refusal, UserId};

use super::people::{
    self, ROOM, befriend, concerned, draft, first_page, group, group_of, in_pages, person, say, second, told,
    wish, wish_at,
};

contract! {
    [
        a_group_is_made_of_friends,
        who_joins_is_told_first_and_then_the_others,
        of_two_joins_one_lets_in,
        a_group_has_no_more_room_than_it_has,
        an_invite_only_group_is_there_for_its_members_alone,
        who_is_added_must_be_a_friend_and_who_adds_an_admin,
        who_leaves_is_gone_and_the_owner_cannot,
        a_kick_needs_a_role_that_outranks,
        a_change_is_told_and_nothing_is_if_nothing_changes,
        a_deleted_group_is_the_end_of_its_stream,
        what_was_said_in_a_deleted_group_is_erased_bit_by_bit,
        a_transfer_leaves_exactly_one_owner,
        the_owner_makes_admins_who_keep_order_among_members,
        who_is_muted_is_so_until_the_moment,
        who_is_to_be_let_in_waits,
        who_waits_may_be_refused_or_not_want_any_more,
        who_goes_for_good_leaves_the_group_to_somebody,
        groups_are_found_by_a_part_of_their_name,
        members_are_listed_by_when_they_joined,
    ]
    sqlite => people::sqlite();
    mysql => people::mysql().await;
}

async fn join(store: &Repositories, user: UserId, group: GroupId) -> Vec<String> {
    told(&store.groups.join(wish(user, group), ROOM).await.unwrap().events)
}

async fn role(store: &Repositories, user: UserId, group: GroupId) -> Result<Option<Role>, Error> {
    store.groups.find(user, group).await.map(|view| view.my_role)
}

async fn a_group_is_made_of_friends(store: &Repositories) {
    let (ann, bob, cem) =
        (person(store, "Ann").await, person(store, "Bob").await, person(store, "Cem").await);
    befriend(store, ann, bob).await;
    let refused = store.groups.create(group_of(ann, &[bob, cem])).await;
    assert_eq!(refused.unwrap_err(), Refusal::NotFriends.into());
    let made = store.groups.create(group_of(ann, &[bob])).await.unwrap();
    assert_eq!((made.value.group.member_count, made.value.my_role), (2, Some(Role::Owner)));
    assert_eq!(concerned(&made.events).len(), 2);
    let conversation = store.conversations.find(bob, made.value.group.id.conversation()).await.unwrap();
    assert_eq!((conversation.last_seq.0, conversation.rev.0, conversation.unread), (0, 0, 0));
}

async fn who_joins_is_told_first_and_then_the_others(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let group = group(store, ann).await;
    assert_eq!(join(store, bob, group).await, ["#1 added", "1 member", "2 notice", "3 group"]);
    assert!(join(store, bob, group).await.is_empty(), "who is in already stays so");
    let conversation = store.conversations.find(bob, group.conversation()).await.unwrap();
    assert_eq!((conversation.rev.0, conversation.last_seq.0, conversation.unread), (3, 1, 0));
    assert_eq!(role(store, bob, group).await, Ok(Some(Role::Member)));
}

async fn of_two_joins_one_lets_in(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let group = group(store, ann).await;
    let (one, other) =
        tokio::join!(store.groups.join(wish(bob, group), ROOM), store.groups.join(wish(bob, group), ROOM),);
    assert_eq!(one.unwrap().events.len() + other.unwrap().events.len(), 4);
    assert_eq!(store.groups.find(ann, group).await.unwrap().group.member_count, 2);
}

async fn a_group_has_no_more_room_than_it_has(store: &Repositories) {
    let (ann, bob, cem) =
        (person(store, "Ann").await, person(store, "Bob").await, person(store, "Cem").await);
    let group = group(store, ann).await;
    let (one, other) =
        tokio::join!(store.groups.join(wish(bob, group), 2), store.groups.join(wish(cem, group), 2));
    let refused = one.err().or(other.err());
    assert_eq!(refused, Some(Refusal::GroupFull.into()));
    assert_eq!(store.groups.find(ann, group).await.unwrap().group.member_count, 2);
}

async fn an_invite_only_group_is_there_for_its_members_alone(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let mut new = group_of(ann, &[]);
    new.join_policy = JoinPolicy::Invite;
    let id = store.groups.create(new).await.unwrap().value.group.id;
    assert_eq!(store.groups.join(wish(bob, id), ROOM).await.unwrap_err(), Refusal::InviteOnly.into());
    assert_eq!(role(store, bob, id).await, Err(Refusal::NotFound.into()));
    let query = Query::new("hikers").unwrap();
    assert!(store.groups.search(bob, &query, first_page()).await.unwrap().items.is_empty());
    assert_eq!(store.groups.search(ann, &query, first_page()).await.unwrap().items.len(), 1);
}

async fn who_is_added_must_be_a_friend_and_who_adds_an_admin(store: &Repositories) {
    let (ann, bob, cem) =
        (person(store, "Ann").await, person(store, "Bob").await, person(store, "Cem").await);
    let id = group(store, ann).await;
    let add = async |caller, user| store.groups.add(caller, id, user, ROOM, second(4)).await;
    assert_eq!(add(ann, bob).await.unwrap_err(), Refusal::NotFriends.into());
    befriend(store, ann, bob).await;
    befriend(store, bob, cem).await;
    assert_eq!(add(cem, bob).await.unwrap_err(), Refusal::NotFound.into());
    assert_eq!(add(ann, bob).await.unwrap().value.user.id, bob);
    assert!(add(ann, bob).await.unwrap().events.is_empty());
    assert_eq!(add(bob, cem).await.unwrap_err(), Refusal::Forbidden.into());
}

async fn who_leaves_is_gone_and_the_owner_cannot(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let id = group(store, ann).await;
    join(store, bob, id).await;
    assert_eq!(store.groups.leave(ann, id, second(5)).await.unwrap_err(), Refusal::OwnerCannotLeave.into());
    let left = store.groups.leave(bob, id, second(5)).await.unwrap();
    assert_eq!(told(&left.events), ["4 member_removed", "5 notice", "6 group", "#2 left"]);
    assert_eq!(role(store, bob, id).await, Ok(None));
    assert_eq!(store.conversations.find(bob, id.conversation()).await, Err(Refusal::NotFound.into()));
    assert_eq!(say(store, id.conversation(), bob, "still here?").await, Err(Refusal::NotFound.into()));
    assert_eq!(store.groups.leave(bob, id, second(5)).await.unwrap_err(), Refusal::NotFound.into());
}

async fn a_kick_needs_a_role_that_outranks(store: &Repositories) {
    let (ann, bob, cem) =
        (person(store, "Ann").await, person(store, "Bob").await, person(store, "Cem").await);
    let id = group(store, ann).await;
    join(store, bob, id).await;
    let kick = async |caller, user| store.groups.kick(caller, id, user, second(5)).await;
    assert_eq!(kick(bob, ann).await.unwrap_err(), Refusal::Forbidden.into());
    assert_eq!(kick(cem, bob).await.unwrap_err(), Refusal::NotFound.into());
    assert_eq!(kick(ann, cem).await.unwrap_err(), Refusal::NotFound.into());
    assert_eq!(kick(ann, ann).await.unwrap_err(), Refusal::Forbidden.into());
    let kicked = kick(ann, bob).await.unwrap();
    assert_eq!(told(&kicked.events), ["4 member_removed", "5 notice", "6 group", "#2 kicked"]);
    assert_eq!(concerned(&kicked.events), [bob]);
}

async fn a_change_is_told_and_nothing_is_if_nothing_changes(store: &Repositories) {
    let ann = person(store, "Ann").await;
    let id = group(store, ann).await;
    let rename = |name| GroupChange { name: Some(GroupName::new(name).unwrap()), ..Default::default() };
    let renamed = store.groups.change(ann, id, rename("Climbers"), second(5)).await.unwrap();
    assert_eq!(told(&renamed.events), ["1 group", "2 notice"]);
    let same = store.groups.change(ann, id, rename("Climbers"), second(5)).await.unwrap();
    assert_eq!((same.events.len(), same.value.group.name.as_str()), (0, "Climbers"));
    let history = GroupChange { history: Some(History::All), ..Default::default() };
    let changed = store.groups.change(ann, id, history, second(6)).await.unwrap();
    assert_eq!(told(&changed.events), ["3 group"]);
    let query = Query::new("climb").unwrap();
    assert_eq!(store.groups.search(ann, &query, first_page()).await.unwrap().items.len(), 1);
    let gone = store.groups.search(ann, &Query::new("hik").unwrap(), first_page()).await.unwrap();
    assert!(gone.items.is_empty(), "it is not found by its old name");
}

async fn a_deleted_group_is_the_end_of_its_stream(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let id = group(store, ann).await;
    join(store, bob, id).await;
    assert_eq!(store.groups.delete(bob, id, second(9)).await.unwrap_err(), Refusal::NotOwner.into());
    let deleted = store.groups.delete(ann, id, second(9)).await.unwrap();
    let words = told(&deleted.events);
    assert_eq!(words[0], "4 removed");
    assert_eq!(words[1..].iter().filter(|word| word.ends_with("deleted")).count(), 2);
    for user in [ann, bob] {
        assert_eq!(role(store, user, id).await, Err(Refusal::NotFound.into()));
        assert_eq!(say(store, id.conversation(), user, "hello?").await, Err(Refusal::NotFound.into()));
        assert!(store.conversations.list(user, first_page()).await.unwrap().items.is_empty());
    }
}

async fn what_was_said_in_a_deleted_group_is_erased_bit_by_bit(store: &Repositories) {
    let ann = person(store, "Ann").await;
    let id = group(store, ann).await;
    let drafts = (0..1500).map(|number| draft(id.conversation(), ann, &number.to_string(), "hello"));
    assert!(store.log.append(drafts.collect()).await.iter().all(Result::is_ok));
    assert!(!store.groups.erase(id, second(9)).await.unwrap(), "it is not deleted");
    assert_eq!(store.conversations.find(ann, id.conversation()).await.unwrap().last_seq, Seq(1500));
    drop(store.groups.delete(ann, id, second(9)).await.unwrap());
    let owed = store.outbox.claim(second(9), second(60), 100).await.unwrap();
    assert!(owed.iter().any(|claimed| claimed.work == Work::Erasure(id)));
    assert!(store.groups.erase(id, second(9)).await.unwrap());
    assert!(!store.groups.erase(id, second(9)).await.unwrap());
    assert!(!store.groups.erase(id, second(9)).await.unwrap(), "nothing is left");
}

async fn a_transfer_leaves_exactly_one_owner(store: &Repositories) {
    let (ann, bob, cem) =
        (person(store, "Ann").await, person(store, "Bob").await, person(store, "Cem").await);
    let id = group(store, ann).await;
    join(store, bob, id).await;
    let transfer = async |caller, user| store.groups.transfer(caller, id, user, second(5)).await;
    assert_eq!(transfer(bob, bob).await.unwrap_err(), Refusal::NotOwner.into());
    assert_eq!(transfer(ann, cem).await.unwrap_err(), Refusal::NotFound.into());
    assert!(transfer(ann, ann).await.unwrap().events.is_empty());
    let transferred = transfer(ann, bob).await.unwrap();
    assert_eq!(told(&transferred.events), ["4 member", "5 member", "6 notice", "7 group"]);
    assert_eq!(transferred.value.group.owner, bob);
    assert_eq!(role(store, ann, id).await, Ok(Some(Role::Member)));
    assert_eq!(role(store, bob, id).await, Ok(Some(Role::Owner)));
}

async fn who_goes_for_good_leaves_the_group_to_somebody(store: &Repositories) {
    let (ann, bob, cem) =
        (person(store, "Ann").await, person(store, "Bob").await, person(store, "Cem").await);
    let id = group(store, ann).await;
    for user in [bob, cem] {
        join(store, user, id).await;
    }
    drop(set(store, ann, (id, cem), admin()).await.unwrap());
    let gone = store.groups.abandon(ann, id, second(6)).await.unwrap();
    let words =
        ["8 member", "9 member", "10 notice", "11 member_removed", "12 notice", "13 group", "#2 left"];
    assert_eq!(told(&gone.events), words);
    assert_eq!(store.groups.find(cem, id).await.unwrap().group.owner, cem);
    assert_eq!(role(store, ann, id).await, Ok(None));
    drop(store.groups.abandon(cem, id, second(7)).await.unwrap());
    assert_eq!(role(store, bob, id).await, Ok(Some(Role::Owner)));
    let last = store.groups.abandon(bob, id, second(8)).await.unwrap();
    assert!(told(&last.events)[0].ends_with("removed"), "with nobody left it is no more");
    assert_eq!(store.groups.abandon(bob, id, second(9)).await.unwrap_err(), Refusal::NotFound.into());
}

async fn set(
    store: &Repositories,
    caller: UserId,
    (group, user): (GroupId, UserId),
    change: MemberChange,
) -> Result<Committed<Member>, Error> {
    store.groups.change_member(caller, group, user, change, second(5)).await
}

fn admin() -> MemberChange {
    MemberChange { role: Some(Role::Admin), muted_until: None }
}

fn muted(at: Option<u64>) -> MemberChange {
    MemberChange { role: None, muted_until: Some(at.map(second)) }
}

async fn the_owner_makes_admins_who_keep_order_among_members(store: &Repositories) {
    let (ann, bob, cem, dai) = (
        person(store, "Ann").await,
        person(store, "Bob").await,
        person(store, "Cem").await,
        person(store, "Dai").await,
    );
    let id = group(store, ann).await;
    for user in [bob, cem] {
        join(store, user, id).await;
    }
    let made = set(store, ann, (id, bob), admin()).await.unwrap();
    assert_eq!((told(&made.events), made.value.role), (vec!["7 member".to_owned()], Role::Admin));
    assert!(set(store, ann, (id, bob), admin()).await.unwrap().events.is_empty());
    assert_eq!(role(store, bob, id).await, Ok(Some(Role::Admin)));
    for (caller, user, change, refusal) in [
        (bob, cem, admin(), Refusal::NotOwner),
        (cem, cem, admin(), Refusal::NotOwner),
        (dai, cem, admin(), Refusal::NotFound),
        (ann, ann, admin(), Refusal::Forbidden),
        (ann, dai, admin(), Refusal::NotFound),
        (bob, ann, muted(Some(9)), Refusal::Forbidden),
        (bob, bob, muted(Some(9)), Refusal::Forbidden),
        (cem, bob, muted(Some(9)), Refusal::Forbidden),
        (bob, dai, muted(Some(9)), Refusal::NotFound),
    ] {
        assert_eq!(set(store, caller, (id, user), change).await.unwrap_err(), refusal.into());
    }
    let member = MemberChange { role: Some(Role::Member), muted_until: None };
    assert_eq!(set(store, ann, (id, bob), member).await.unwrap().value.role, Role::Member);
}

async fn who_is_muted_is_so_until_the_moment(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let id = group(store, ann).await;
    join(store, bob, id).await;
    say(store, id.conversation(), bob, "before").await.unwrap();
    let hush = set(store, ann, (id, bob), muted(Some(9))).await.unwrap();
    assert_eq!((told(&hush.events), hush.value.muted_until), (vec!["5 member".to_owned()], Some(second(9))));
    let at = async |seconds, text: &str| {
        let draft = Draft { now: second(seconds), ..draft(id.conversation(), bob, text, text) };
        store.log.append(vec![draft]).await.pop().unwrap()
    };
    assert_eq!(at(8, "while").await.unwrap_err(), Refusal::Muted.into());
    assert!(!at(8, "before").await.unwrap().fresh, "what was sent before is known");
    at(9, "after").await.unwrap();
    assert_eq!(set(store, ann, (id, bob), muted(Some(3))).await.unwrap().value.muted_until, None);
    drop(set(store, ann, (id, bob), muted(Some(99))).await.unwrap());
    drop(store.groups.leave(bob, id, second(10)).await.unwrap());
    join(store, bob, id).await;
    assert_eq!(at(50, "back").await.unwrap_err(), Refusal::Muted.into());
    assert_eq!(set(store, ann, (id, bob), muted(None)).await.unwrap().value.muted_until, None);
    at(50, "free").await.unwrap();
}

/// A group that lets in whom its owner wants.
async fn with_approval(store: &Repositories, owner: UserId) -> GroupId {
    let mut new = group_of(owner, &[]);
    new.join_policy = JoinPolicy::Approval;
    store.groups.create(new).await.unwrap().value.group.id
}

async fn waiting(store: &Repositories, owner: UserId, id: GroupId) -> Vec<JoinRequest> {
    let list = async |page| store.groups.join_requests(owner, id, page).await.unwrap();
    in_pages(list, |one| one.id).await
}

async fn who_is_to_be_let_in_waits(store: &Repositories) {
    let (ann, bob, cem) =
        (person(store, "Ann").await, person(store, "Bob").await, person(store, "Cem").await);
    let id = with_approval(store, ann).await;
    for user in [bob, cem, bob] {
        let asked = store.groups.join(wish(user, id), ROOM).await.unwrap();
        assert_eq!((asked.value, asked.events.len()), (Joined::Pending, 0));
    }
    let wishes = waiting(store, ann, id).await;
    assert_eq!(wishes.len(), 2);
    let of_bob = wishes.iter().find(|wish| wish.user.id == bob).unwrap();
    assert_eq!((of_bob.group, of_bob.status), (id, JoinRequestStatus::Pending));
    assert_eq!(role(store, bob, id).await, Ok(None));
    let answer = async |caller, id| store.groups.answer_join_request(caller, id, true, ROOM, second(5)).await;
    assert_eq!(answer(bob, (id, of_bob.id)).await.unwrap_err(), Refusal::NotFound.into());
    let elsewhere = group(store, ann).await;
    assert_eq!(answer(ann, (elsewhere, of_bob.id)).await.unwrap_err(), Refusal::NotFound.into());
    let let_in = answer(ann, (id, of_bob.id)).await.unwrap();
    assert_eq!(told(&let_in.events), ["#1 added", "1 member", "2 notice", "3 group"]);
    assert_eq!(let_in.value.status, JoinRequestStatus::Approved);
    assert_eq!(answer(ann, (id, of_bob.id)).await.unwrap_err(), Refusal::NotPending.into());
    let seen = store.groups.join_requests(bob, id, first_page()).await;
    assert_eq!(seen.unwrap_err(), Refusal::Forbidden.into());
    befriend(store, ann, cem).await;
    drop(store.groups.add(ann, id, cem, ROOM, second(6)).await.unwrap());
    assert!(waiting(store, ann, id).await.is_empty(), "who is in waits no more");
}

async fn who_waits_may_be_refused_or_not_want_any_more(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let id = with_approval(store, ann).await;
    let first = wish(bob, id);
    drop(store.groups.join(first, ROOM).await.unwrap());
    let declined =
        store.groups.answer_join_request(ann, (id, first.id), false, ROOM, second(5)).await.unwrap();
    assert_eq!((declined.value.status, declined.events.len()), (JoinRequestStatus::Declined, 0));
    drop(store.groups.join(wish(bob, id), ROOM).await.unwrap());
    assert_eq!(waiting(store, ann, id).await.len(), 1);
    assert!(store.groups.leave(bob, id, second(6)).await.unwrap().events.is_empty());
    assert!(waiting(store, ann, id).await.is_empty());
    assert_eq!(store.groups.leave(bob, id, second(6)).await.unwrap_err(), Refusal::NotFound.into());
    let full = wish(bob, id);
    drop(store.groups.join(full, ROOM).await.unwrap());
    let refused = store.groups.answer_join_request(ann, (id, full.id), true, 1, second(7)).await;
    assert_eq!(refused.unwrap_err(), Refusal::GroupFull.into());
    assert_eq!(waiting(store, ann, id).await.len(), 1);
}

async fn groups_are_found_by_a_part_of_their_name(store: &Repositories) {
    let ann = person(store, "Ann").await;
    for name in ["我家在上海东边", "上海", "Straße 7", "100%"] {
        let mut new = group_of(ann, &[]);
        new.name = GroupName::new(name).unwrap();
        drop(store.groups.create(new).await.unwrap());
    }
    let bob = person(store, "Bob").await;
    for (query, names) in [
        ("上海", vec!["上海", "我家在上海东边"]),
        ("STRASSE", vec!["Straße 7"]),
        ("0%", vec!["100%"]),
        ("_", vec![]),
        ("边", vec!["我家在上海东边"]),
    ] {
        let query = Query::new(query).unwrap();
        let search = async |page| store.groups.search(bob, &query, page).await.unwrap();
        let found = in_pages(search, |view| view.group.id).await;
        let found: Vec<&str> = found.iter().map(|view| view.group.name.as_str()).collect();
        assert_eq!(found, names);
    }
    let own =
        in_pages(async |page| store.groups.of_member(ann, page).await.unwrap(), |view| view.group.id).await;
    assert_eq!(own.len(), 4);
}

async fn members_are_listed_by_when_they_joined(store: &Repositories) {
    let ann = person(store, "Ann").await;
    let id = group(store, ann).await;
    let mut expected = vec![ann];
    for (at, name) in [(10, "Bob"), (11, "Cem"), (12, "Dai")] {
        let user = person(store, name).await;
        drop(store.groups.join(wish_at(user, id, at), ROOM).await.unwrap());
        expected.push(user);
    }
    let list = async |page| store.groups.members(ann, id, page).await.unwrap();
    let members: Vec<UserId> =
        in_pages(list, |one| one.user.id).await.iter().map(|one| one.user.id).collect();
    assert_eq!(members, expected);
    let stranger = person(store, "Eve").await;
    let refused = store.groups.members(stranger, id, first_page()).await;
    assert_eq!(refused.unwrap_err(), Refusal::NotFound.into());
}
