use mockall::predicate::eq;

use crate::Refusal::{Forbidden, GroupFull, InviteOnly, NotFound, NotFriends, NotOwner, OwnerCannotLeave};
use crate::group::{
    Description, Group, GroupChange, GroupDraft, GroupName, GroupView, History, JoinPolicy, JoinRequest,
    JoinRequestStatus, Joined, Member, MemberChange, Role,
};
use crate::page::{Page, PageRequest};
use crate::testing::{ANN, BOB, EVE, GROUP, Mocks, NOW, away, caller, committed, events, user};
use crate::text::Query;
use crate::{Error, JoinRequestId, UserId};

fn name() -> GroupName {
    GroupName::new("Harbour").unwrap()
}

fn group() -> GroupView {
    let group = Group {
        id: GROUP,
        name: name(),
        description: Description::default(),
        avatar: None,
        owner: ANN,
        join_policy: JoinPolicy::Open,
        history: History::All,
        member_count: 2,
        created_at: NOW,
    };
    GroupView { group, my_role: Some(Role::Owner) }
}

fn draft(members: Vec<UserId>) -> GroupDraft {
    GroupDraft {
        name: name(),
        description: Description::new("boats").unwrap(),
        join_policy: JoinPolicy::Invite,
        history: History::All,
        members,
    }
}

fn bob() -> Member {
    Member { user: user("Bob"), role: Role::Member, muted_until: None, joined_at: NOW }
}

/// Distinct people, none of whom is Ann.
fn crowd(size: u8) -> Vec<UserId> {
    (0..size).map(|n| UserId::from_bytes([n; 16])).filter(|user| *user != ANN).collect()
}

fn one_page() -> Page<GroupView> {
    Page { items: vec![group()], next: None }
}

fn violation<T: std::fmt::Debug>(result: Result<T, Error>) -> (String, &'static str) {
    match result.unwrap_err() {
        Error::Invalid(violations) => (violations[0].field.clone(), violations[0].code),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_new_group_is_its_makers_and_as_they_drew_it() {
    let mut mocks = Mocks::new();
    let expected = draft(vec![BOB]);
    mocks
        .groups
        .expect_create()
        .withf(move |new| {
            (new.owner, new.now) == (ANN, NOW)
                && (&new.name, &new.description) == (&expected.name, &expected.description)
                && (new.join_policy, new.history) == (expected.join_policy, expected.history)
                && new.members == expected.members
        })
        .once()
        .return_once(|_| Ok(committed(group())));
    mocks.tells(events());
    assert_eq!(mocks.app().groups().create(caller(), draft(vec![BOB])).await, Ok(group()));
}

#[tokio::test]
async fn who_is_named_twice_is_in_once_and_the_maker_is_no_guest() {
    let mut mocks = Mocks::new();
    mocks
        .groups
        .expect_create()
        .withf(|new| new.members == [BOB, EVE])
        .once()
        .return_once(|_| Ok(committed(group())));
    mocks.tells(events());
    let members = vec![EVE, BOB, ANN, EVE, BOB];
    assert_eq!(mocks.app().groups().create(caller(), draft(members)).await, Ok(group()));
}

#[tokio::test]
async fn a_group_is_made_with_200_people_at_most() {
    let mut mocks = Mocks::new();
    mocks.groups.expect_create().once().return_once(|_| Ok(committed(group())));
    mocks.tells(events());
    let (app, members) = (mocks.app(), crowd(202));
    let (allowed, _) = members.split_at(200);
    assert_eq!(app.groups().create(caller(), draft(allowed.to_vec())).await, Ok(group()));
    let refused = app.groups().create(caller(), draft(members)).await;
    assert_eq!(violation(refused), ("member_ids".to_owned(), "too_many"));
}

#[tokio::test]
async fn the_maker_counts_as_one_of_as_many_as_a_group_may_have() {
    let mut mocks = Mocks::new();
    mocks.max_group_members = 3;
    mocks.groups.expect_create().once().return_once(|_| Ok(committed(group())));
    mocks.tells(events());
    let (app, members) = (mocks.app(), crowd(4));
    let (allowed, _) = members.split_at(2);
    assert_eq!(app.groups().create(caller(), draft(allowed.to_vec())).await, Ok(group()));
    assert_eq!(app.groups().create(caller(), draft(members)).await, Err(GroupFull.into()));
}

#[tokio::test]
async fn a_group_that_is_not_made_is_told_to_nobody() {
    for error in [Error::from(NotFriends), away()] {
        let (mut mocks, given) = (Mocks::new(), error.clone());
        mocks.groups.expect_create().return_once(|_| Err(given));
        assert_eq!(mocks.app().groups().create(caller(), draft(vec![BOB])).await, Err(error));
    }
}

#[tokio::test]
async fn a_group_is_found_as_the_caller_may_see_it() {
    let mut mocks = Mocks::new();
    mocks.groups.expect_find().with(eq(ANN), eq(GROUP)).once().return_once(|_, _| Ok(group()));
    assert_eq!(mocks.app().groups().find(caller(), GROUP).await, Ok(group()));
}

#[tokio::test]
async fn a_group_that_is_not_there_for_the_caller_is_not_found() {
    let mut mocks = Mocks::new();
    mocks.groups.expect_find().return_once(|_, _| Err(NotFound.into()));
    assert_eq!(mocks.app().groups().find(caller(), GROUP).await, Err(NotFound.into()));
}

#[tokio::test]
async fn a_blank_query_lists_the_callers_own_groups() {
    for blank in ["", " ", "\u{3000}\t"] {
        let mut mocks = Mocks::new();
        let page = PageRequest::default();
        mocks.groups.expect_of_member().with(eq(ANN), eq(page)).once().return_once(|_, _| Ok(one_page()));
        let found = mocks.app().groups().search(caller(), blank, PageRequest::default()).await;
        assert_eq!(found, Ok(one_page()), "{blank:?}");
    }
}

#[tokio::test]
async fn a_query_finds_groups_by_its_folded_form() {
    let mut mocks = Mocks::new();
    mocks
        .groups
        .expect_search()
        .with(eq(ANN), eq(Query::new("harbour").unwrap()), eq(PageRequest::default()))
        .once()
        .return_once(|_, _, _| Ok(one_page()));
    let found = mocks.app().groups().search(caller(), " HARBOUR ", PageRequest::default()).await;
    assert_eq!(found, Ok(one_page()));
}

#[tokio::test]
async fn a_query_longer_than_any_address_is_refused() {
    let refused =
        Mocks::new().app().groups().search(caller(), &"a".repeat(255), PageRequest::default()).await;
    assert_eq!(violation(refused), ("query".to_owned(), "too_long"));
}

#[tokio::test]
async fn members_are_listed_for_who_may_see_them() {
    let mut mocks = Mocks::new();
    let page = Page { items: vec![bob()], next: None };
    let given = page.clone();
    mocks
        .groups
        .expect_members()
        .with(eq(ANN), eq(GROUP), eq(PageRequest::default()))
        .once()
        .return_once(|_, _, _| Ok(given));
    assert_eq!(mocks.app().groups().members(caller(), GROUP, PageRequest::default()).await, Ok(page));
}

#[tokio::test]
async fn members_are_kept_from_who_is_none() {
    let mut mocks = Mocks::new();
    mocks.groups.expect_members().return_once(|_, _, _| Err(NotFound.into()));
    let refused = mocks.app().groups().members(caller(), GROUP, PageRequest::default()).await;
    assert_eq!(refused, Err(NotFound.into()));
}

#[tokio::test]
async fn a_change_is_told() {
    let mut mocks = Mocks::new();
    let change = GroupChange { name: Some(name()), ..GroupChange::default() };
    mocks
        .groups
        .expect_change()
        .with(eq(ANN), eq(GROUP), eq(change.clone()), eq(NOW))
        .once()
        .return_once(|_, _, _, _| Ok(committed(group())));
    mocks.tells(events());
    assert_eq!(mocks.app().groups().change(caller(), GROUP, change).await, Ok(group()));
}

#[tokio::test]
async fn a_change_that_changes_nothing_is_told_to_nobody() {
    let mut mocks = Mocks::new();
    mocks.groups.expect_change().return_once(|_, _, _, _| Ok(crate::event::Committed::quietly(group())));
    assert_eq!(mocks.app().groups().change(caller(), GROUP, GroupChange::default()).await, Ok(group()));
}

#[tokio::test]
async fn a_refused_change_tells_nobody() {
    for error in [Error::from(NotFound), Forbidden.into(), away()] {
        let (mut mocks, given) = (Mocks::new(), error.clone());
        mocks.groups.expect_change().return_once(|_, _, _, _| Err(given));
        let refused = mocks.app().groups().change(caller(), GROUP, GroupChange::default()).await;
        assert_eq!(refused, Err(error));
    }
}

#[tokio::test]
async fn the_end_of_a_group_is_told() {
    let mut mocks = Mocks::new();
    mocks
        .groups
        .expect_delete()
        .with(eq(ANN), eq(GROUP), eq(NOW))
        .once()
        .return_once(|_, _, _| Ok(committed(())));
    mocks.tells(events());
    assert_eq!(mocks.app().groups().delete(caller(), GROUP).await, Ok(()));
}

#[tokio::test]
async fn a_refused_deletion_tells_nobody() {
    for error in [Error::from(NotFound), NotOwner.into(), away()] {
        let (mut mocks, given) = (Mocks::new(), error.clone());
        mocks.groups.expect_delete().return_once(|_, _, _| Err(given));
        assert_eq!(mocks.app().groups().delete(caller(), GROUP).await, Err(error));
    }
}

#[tokio::test]
async fn who_joins_is_told_up_to_the_size_in_the_settings() {
    let mut mocks = Mocks::new();
    mocks.max_group_members = 33;
    mocks
        .groups
        .expect_join()
        .withf(|wish, max| (wish.user, wish.group, wish.now, *max) == (ANN, GROUP, NOW, 33))
        .once()
        .return_once(|_, _| Ok(committed(Joined::In(Box::new(group())))));
    mocks.tells(events());
    assert_eq!(mocks.app().groups().join(caller(), GROUP).await, Ok(Joined::In(Box::new(group()))));
}

#[tokio::test]
async fn who_may_not_join_is_told_to_nobody() {
    for error in [Error::from(NotFound), InviteOnly.into(), GroupFull.into(), away()] {
        let (mut mocks, given) = (Mocks::new(), error.clone());
        mocks.groups.expect_join().return_once(|_, _| Err(given));
        assert_eq!(mocks.app().groups().join(caller(), GROUP).await, Err(error));
    }
}

#[tokio::test]
async fn who_leaves_is_told() {
    let mut mocks = Mocks::new();
    mocks
        .groups
        .expect_leave()
        .with(eq(ANN), eq(GROUP), eq(NOW))
        .once()
        .return_once(|_, _, _| Ok(committed(())));
    mocks.tells(events());
    assert_eq!(mocks.app().groups().leave(caller(), GROUP).await, Ok(()));
}

#[tokio::test]
async fn who_may_not_leave_is_told_to_nobody() {
    for error in [Error::from(NotFound), OwnerCannotLeave.into(), away()] {
        let (mut mocks, given) = (Mocks::new(), error.clone());
        mocks.groups.expect_leave().return_once(|_, _, _| Err(given));
        assert_eq!(mocks.app().groups().leave(caller(), GROUP).await, Err(error));
    }
}

#[tokio::test]
async fn who_is_added_is_told_up_to_the_size_in_the_settings() {
    let mut mocks = Mocks::new();
    mocks.max_group_members = 33;
    mocks
        .groups
        .expect_add()
        .with(eq(ANN), eq(GROUP), eq(BOB), eq(33), eq(NOW))
        .once()
        .return_once(|_, _, _, _, _| Ok(committed(bob())));
    mocks.tells(events());
    assert_eq!(mocks.app().groups().add(caller(), GROUP, BOB).await, Ok(bob()));
}

#[tokio::test]
async fn who_may_not_be_added_is_told_to_nobody() {
    for error in [Error::from(NotFound), Forbidden.into(), NotFriends.into(), GroupFull.into(), away()] {
        let (mut mocks, given) = (Mocks::new(), error.clone());
        mocks.groups.expect_add().return_once(|_, _, _, _, _| Err(given));
        assert_eq!(mocks.app().groups().add(caller(), GROUP, BOB).await, Err(error));
    }
}

#[tokio::test]
async fn a_kick_is_told() {
    let mut mocks = Mocks::new();
    mocks
        .groups
        .expect_kick()
        .with(eq(ANN), eq(GROUP), eq(BOB), eq(NOW))
        .once()
        .return_once(|_, _, _, _| Ok(committed(())));
    mocks.tells(events());
    assert_eq!(mocks.app().groups().kick(caller(), GROUP, BOB).await, Ok(()));
}

#[tokio::test]
async fn a_refused_kick_tells_nobody() {
    for error in [Error::from(NotFound), Forbidden.into(), away()] {
        let (mut mocks, given) = (Mocks::new(), error.clone());
        mocks.groups.expect_kick().return_once(|_, _, _, _| Err(given));
        assert_eq!(mocks.app().groups().kick(caller(), GROUP, BOB).await, Err(error));
    }
}

#[tokio::test]
async fn a_new_owner_is_told() {
    let mut mocks = Mocks::new();
    mocks
        .groups
        .expect_transfer()
        .with(eq(ANN), eq(GROUP), eq(BOB), eq(NOW))
        .once()
        .return_once(|_, _, _, _| Ok(committed(group())));
    mocks.tells(events());
    assert_eq!(mocks.app().groups().transfer(caller(), GROUP, BOB).await, Ok(group()));
}

#[tokio::test]
async fn a_refused_transfer_tells_nobody() {
    for error in [Error::from(NotFound), NotOwner.into(), away()] {
        let (mut mocks, given) = (Mocks::new(), error.clone());
        mocks.groups.expect_transfer().return_once(|_, _, _, _| Err(given));
        assert_eq!(mocks.app().groups().transfer(caller(), GROUP, BOB).await, Err(error));
    }
}

#[tokio::test]
async fn an_answer_to_who_wishes_to_be_let_in_is_told() {
    let wish = JoinRequestId::from_bytes([7; 16]);
    for approve in [true, false] {
        let mut mocks = Mocks::new();
        let status = if approve { JoinRequestStatus::Approved } else { JoinRequestStatus::Declined };
        let request = JoinRequest { id: wish, group: GROUP, user: user("Bob"), status, created_at: NOW };
        let given = request.clone();
        mocks
            .groups
            .expect_answer_join_request()
            .with(eq(ANN), eq((GROUP, wish)), eq(approve), eq(1000), eq(NOW))
            .once()
            .return_once(|_, _, _, _, _| Ok(committed(given)));
        mocks.tells(events());
        let answered = mocks.app().groups().answer_join_request(caller(), GROUP, wish, approve).await;
        assert_eq!(answered, Ok(request));
    }
}

#[tokio::test]
async fn a_member_who_is_changed_is_told() {
    let change = MemberChange { role: Some(Role::Admin), muted_until: Some(Some(NOW)) };
    let mut mocks = Mocks::new();
    mocks
        .groups
        .expect_change_member()
        .with(eq(ANN), eq(GROUP), eq(BOB), eq(change), eq(NOW))
        .once()
        .return_once(|_, _, _, _, _| Ok(committed(bob())));
    mocks.tells(events());
    assert_eq!(mocks.app().groups().change_member(caller(), GROUP, BOB, change).await, Ok(bob()));
}

#[tokio::test]
async fn nobody_is_made_an_owner_beside_the_owner() {
    let change = MemberChange { role: Some(Role::Owner), muted_until: None };
    let refused = Mocks::new().app().groups().change_member(caller(), GROUP, BOB, change).await;
    assert_eq!(violation(refused), ("role".to_owned(), "not_assignable"));
}
