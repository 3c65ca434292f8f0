//! [`AdminRepository`](chatchat_domain::admin::AdminRepository), and that who is suspended cannot log in any way.

use std::sync::atomic::{AtomicU64, Ordering};

use chatchat_adapters::sql::Repositories;
use chatchat_adapters::system::{SystemClock, SystemRandom};
use chatchat_domain::account::{CodePurpose, EmailAddress, EmailCode, UserName};
use chatchat_domain::admin::{Action, AuditEntry, Note, Operator, PeopleQuery, Reason};
use chatchat_domain::group::{JoinPolicy, NewGroup};
use chatchat_domain::identity::{Claims, ExternalSubject, Identity, ProviderId};
use chatchat_domain::outbox::{Owed, Work};
use chatchat_domain::ports::{Mail, ObjectKey};
use chatchat_domain::session::NewSession;
use chatchat_domain::text::Query;
use chatchat_domain::{AuditEntryId, GroupId, Refusal, SessionId, UserId, WorkId};

use super::people::{
    self, account, first_page, group, group_of, in_pages, person, second, session, told, wish,
};

contract! {
    [
        who_is_suspended_is_out_and_cannot_log_in_any_way,
        who_is_reinstated_logs_in_again,
        who_has_closed_their_account_cannot_be_suspended,
        a_suspension_and_a_log_in_that_race_leave_nobody_in,
        sessions_are_ended_once_and_only_then_noted,
        people_are_listed_newest_first_or_found,
        groups_of_all_kinds_are_listed_and_found,
        a_group_is_deleted_whoever_owns_it,
        a_group_goes_to_a_member_alone,
        owed_work_is_shown_without_secrets,
        what_was_given_up_is_tried_anew_unless_its_secret_is_gone,
        what_is_refused_leaves_no_note,
        notes_are_listed_newest_first_as_they_were_made,
        expired_sessions_are_swept_the_longest_expired_first,
    ]
    sqlite => people::sqlite();
    mysql => people::mysql().await;
}

fn note_at(at: u64, action: Action) -> Note {
    static MADE: AtomicU64 = AtomicU64::new(0); // those of one millisecond would be in no order
    let id = AuditEntryId::from_bytes(u128::from(MADE.fetch_add(1, Ordering::Relaxed)).to_be_bytes());
    Note { id, at: second(at), operator: Operator::new("olga").unwrap(), action }
}

fn note(action: Action) -> Note {
    note_at(5, action)
}

async fn suspend(store: &Repositories, user: UserId) -> Vec<SessionId> {
    let note = note(Action::Suspend(user, Reason::new("spam").ok()));
    store.admin.suspend(user, note).await.unwrap().value
}

/// What stands in the log, the oldest first.
async fn log(store: &Repositories) -> Vec<AuditEntry> {
    let mut entries = store.admin.audit(first_page()).await.unwrap().items;
    entries.reverse();
    entries
}

async fn actions(store: &Repositories) -> Vec<String> {
    log(store).await.into_iter().map(|entry| entry.action).collect()
}

fn identity(subject: &str) -> Identity {
    let subject = ExternalSubject::new(subject).unwrap();
    let claims = Claims { subject, name: None, email: None };
    Identity { provider: ProviderId::new("acme").unwrap(), claims, bound_at: second(1) }
}

async fn who_is_suspended_is_out_and_cannot_log_in_any_way(store: &Repositories) {
    let ann = person(store, "Ann").await;
    let elsewhere = identity("ann");
    store.identities.bind(ann, elsewhere.clone(), None).await.unwrap();
    let note = note(Action::Suspend(ann, None));
    let suspended = store.admin.suspend(ann, note).await.unwrap();
    assert_eq!((suspended.value.len(), told(&suspended.events)), (1, vec!["#1 session_ended".to_owned()]));
    assert_eq!(store.sessions.living(&suspended.value, second(6)).await, Ok(vec![]));
    assert_eq!(store.admin.person(ann).await.unwrap().suspended_at, Some(second(5)));

    assert_eq!(store.sessions.open(session(ann)).await, Err(Refusal::Suspended.into()));
    let logged_in = store.identities.log_in(elsewhere.key(), session(ann)).await;
    assert_eq!(logged_in, Err(Refusal::Suspended.into()));
    let bound = store.identities.bind(ann, identity("ann"), Some(session(ann))).await;
    assert_eq!(bound, Err(Refusal::Suspended.into()));

    assert!(suspend(store, ann).await.is_empty());
    assert_eq!(store.admin.person(ann).await.unwrap().suspended_at, Some(second(5)));
    assert_eq!(actions(store).await, ["suspend"], "the second time changed nothing");
}

async fn who_is_reinstated_logs_in_again(store: &Repositories) {
    let ann = person(store, "Ann").await;
    suspend(store, ann).await;
    for _ in 0..2 {
        store.admin.reinstate(ann, note(Action::Reinstate(ann))).await.unwrap();
    }
    assert_eq!(store.admin.person(ann).await.unwrap().suspended_at, None);
    store.sessions.open(session(ann)).await.unwrap();
    assert_eq!(actions(store).await, ["suspend", "reinstate"]);
}

async fn who_has_closed_their_account_cannot_be_suspended(store: &Repositories) {
    let ann = person(store, "Ann").await;
    let _ = store.accounts.close(ann, UserName::new("Deleted user").unwrap(), second(2)).await.unwrap();
    let refused = store.admin.suspend(ann, note(Action::Suspend(ann, None))).await;
    assert_eq!(refused.map(|_| ()), Err(Refusal::NotFound.into()));
    assert_eq!(store.admin.person(ann).await.unwrap().closed_at, Some(second(2)));
    assert_eq!(store.sessions.open(session(ann)).await, Err(Refusal::InvalidCredentials.into()));
}

async fn a_suspension_and_a_log_in_that_race_leave_nobody_in(store: &Repositories) {
    for _ in 0..10 {
        let ann = person(store, "Ann").await;
        let (one, other) = (session(ann), session(ann));
        let ids = [one.id, other.id];
        let _ = tokio::join!(store.sessions.open(one), suspend(store, ann), store.sessions.open(other));
        assert_eq!(store.sessions.living(&ids, second(6)).await, Ok(vec![]));
    }
}

async fn sessions_are_ended_once_and_only_then_noted(store: &Repositories) {
    let ann = person(store, "Ann").await;
    store.sessions.open(session(ann)).await.unwrap();
    let end = || store.admin.end_sessions(ann, note(Action::EndSessions(ann)));
    let ended = end().await.unwrap();
    assert_eq!((ended.value.len(), told(&ended.events)[1].as_str()), (2, "#2 session_ended"));
    assert!(end().await.unwrap().value.is_empty());
    store.sessions.open(session(ann)).await.unwrap();
    assert_eq!(actions(store).await, ["end_sessions"]);
}

async fn people_are_listed_newest_first_or_found(store: &Repositories) {
    let mut all = Vec::new();
    for name in ["Ann", "Bob", "Anna", "Eve", "Joan"] {
        all.push(person(store, name).await);
    }
    let listed =
        in_pages(async |page| store.admin.people(None, page).await.unwrap(), |person| person.account.user.id)
            .await;
    let listed: Vec<_> = listed.iter().map(|person| person.account.user.id).collect();
    assert!(all.iter().all(|id| listed.contains(id)) && listed.len() == 5);
    assert!(listed.is_sorted_by(|one, other| one > other));

    let query = PeopleQuery::new("ann").unwrap();
    let found = in_pages(
        async |page| store.admin.people(query.clone(), page).await.unwrap(),
        |person| person.account.user.id,
    )
    .await;
    let names: Vec<_> = found.iter().map(|person| person.account.user.name.as_str()).collect();
    assert_eq!(names, ["Ann", "Anna"]);
    let query = PeopleQuery::new(&format!("{}@EXAMPLE.com", all[1])).unwrap();
    let found = store.admin.people(query, first_page()).await.unwrap().items;
    assert_eq!(found[0].account.user.id, all[1]);
    assert_eq!(found[0].account.email, EmailAddress::new(&format!("{}@example.com", all[1])).ok());
}

async fn groups_of_all_kinds_are_listed_and_found(store: &Repositories) {
    let ann = person(store, "Ann").await;
    let mut all = Vec::new();
    for join_policy in [JoinPolicy::Open, JoinPolicy::Invite, JoinPolicy::Approval] {
        let new = NewGroup { join_policy, ..group_of(ann, &[]) };
        all.push(store.groups.create(new).await.unwrap().value.group.id);
    }
    all.sort();
    for query in [None, Query::new("HIK").ok()] {
        let listed =
            in_pages(async |page| store.admin.groups(query.clone(), page).await.unwrap(), |group| group.id)
                .await;
        let mut ids: Vec<GroupId> = listed.iter().map(|group| group.id).collect();
        ids.sort();
        assert_eq!(ids, all);
    }
    let bob = person(store, "Bob").await;
    let found = store.groups.search(bob, &Query::new("hik").unwrap(), first_page()).await.unwrap();
    assert_eq!(found.items.len(), 2, "others still find no invite-only group");
}

async fn a_group_is_deleted_whoever_owns_it(store: &Repositories) {
    let ann = person(store, "Ann").await;
    let group = group(store, ann).await;
    let delete = || store.admin.delete_group(group, note(Action::DeleteGroup(group)));
    let deleted = delete().await.unwrap();
    assert_eq!(told(&deleted.events), ["1 removed", "#2 deleted"]);
    assert_eq!(store.admin.group(group).await, Err(Refusal::NotFound.into()));
    assert_eq!(delete().await.map(|_| ()), Err(Refusal::NotFound.into()));
    assert_eq!(actions(store).await, ["delete_group"]);
}

async fn a_group_goes_to_a_member_alone(store: &Repositories) {
    let (ann, bob, eve) =
        (person(store, "Ann").await, person(store, "Bob").await, person(store, "Eve").await);
    let group = group(store, ann).await;
    let _ = store.groups.join(wish(bob, group), people::ROOM).await.unwrap();
    let give = |to| store.admin.transfer_group(group, to, note(Action::TransferGroup(group, to)));
    assert_eq!(give(eve).await.map(|_| ()), Err(Refusal::NotFound.into()));
    let given = give(bob).await.unwrap();
    assert_eq!((given.value.owner, given.events.len()), (bob, 4));
    assert!(give(bob).await.unwrap().events.is_empty());
    let entries = log(store).await;
    assert_eq!(entries.len(), 1);
    assert_eq!((&entries[0].subject, &entries[0].detail), (&Some(group.to_string()), &Some(bob.to_string())));
}

fn code_mail() -> Owed {
    let to = EmailAddress::new("ann@example.com").unwrap();
    let mail = Mail::Code { to, purpose: CodePurpose::Register, code: EmailCode::typed("012345") };
    let id = WorkId::generate(&SystemClock, &SystemRandom);
    Owed { id, work: Work::Mail(mail), since: second(0), due_at: second(7) }
}

async fn owed_work_is_shown_without_secrets(store: &Repositories) {
    let (mail, removal) = (code_mail(), Owed::removal(ObjectKey::avatar(&SystemRandom), second(3)));
    let Work::Removal(key) = removal.work.clone() else { unreachable!() };
    for owed in [mail.clone(), removal] {
        store.outbox.owe(owed).await.unwrap();
    }
    let mut shown = in_pages(async |page| store.admin.work(false, page).await.unwrap(), |work| work.id).await;
    assert!(!format!("{shown:?}").contains("012345"));
    shown.sort_by_key(|work| work.kind.clone());
    assert_eq!((shown[0].id, shown[0].subject.as_deref()), (mail.id, Some("ann@example.com")));
    assert_eq!((shown[0].since, shown[0].due_at, shown[0].attempts), (second(0), second(7), 0));
    assert_eq!((shown[1].kind.as_str(), shown[1].subject.as_deref()), ("removal", Some(key.as_str())));
    assert!(store.admin.work(true, first_page()).await.unwrap().items.is_empty());
}

async fn what_was_given_up_is_tried_anew_unless_its_secret_is_gone(store: &Repositories) {
    let (mail, removal) = (code_mail(), Owed::removal(ObjectKey::avatar(&SystemRandom), second(3)));
    for owed in [mail.clone(), removal.clone()] {
        store.outbox.owe(owed).await.unwrap();
    }
    let retry = |id| store.admin.retry(id, note(Action::RetryWork(id)));
    retry(mail.id).await.unwrap(); // it was to wait until 7
    let claimed = store.outbox.claim(second(5), second(50), 10).await.unwrap();
    assert_eq!(claimed.len(), 2);
    for claimed in claimed {
        store.outbox.bury(&claimed, "no such thing", second(0)).await.unwrap();
    }
    let dead = store.admin.work(true, first_page()).await.unwrap().items;
    assert_eq!((dead.len(), dead[0].last_error.as_deref()), (2, Some("no such thing")));
    assert_eq!(retry(mail.id).await, Err(Refusal::TooLate.into()));
    retry(removal.id).await.unwrap();
    let claimed = store.outbox.claim(second(5), second(50), 10).await.unwrap();
    assert_eq!((claimed.len(), claimed[0].id, claimed[0].attempt), (1, removal.id, 1));
    assert_eq!(retry(WorkId::from_bytes([1; 16])).await, Err(Refusal::NotFound.into()));
    assert_eq!(actions(store).await, ["retry_work", "retry_work"]);
}

async fn what_is_refused_leaves_no_note(store: &Repositories) {
    let (nobody, nothing) = (UserId::from_bytes([1; 16]), GroupId::from_bytes([1; 16]));
    let not_found = || Err(Refusal::NotFound.into());
    let suspended = store.admin.suspend(nobody, note(Action::Suspend(nobody, None))).await;
    assert_eq!(suspended.map(|_| ()), not_found());
    assert_eq!(store.admin.reinstate(nobody, note(Action::Reinstate(nobody))).await, not_found());
    let ended = store.admin.end_sessions(nobody, note(Action::EndSessions(nobody))).await;
    assert_eq!(ended.map(|_| ()), not_found());
    let deleted = store.admin.delete_group(nothing, note(Action::DeleteGroup(nothing))).await;
    assert_eq!(deleted.map(|_| ()), not_found());
    assert_eq!(store.admin.person(nobody).await.map(|_| ()), not_found());
    assert!(log(store).await.is_empty());
}

async fn notes_are_listed_newest_first_as_they_were_made(store: &Repositories) {
    let ann = person(store, "Ann").await;
    let reason = Reason::new("上海: everywhere").unwrap();
    for at in 0..5 {
        let id = AuditEntryId::from_bytes([u8::try_from(at).unwrap() + 1; 16]);
        let action = Action::Suspend(ann, Some(reason.clone()));
        store.admin.note(Note { id, ..note_at(at, action) }).await.unwrap();
    }
    let listed = in_pages(async |page| store.admin.audit(page).await.unwrap(), |entry| entry.id).await;
    let moments: Vec<_> = listed.iter().map(|entry| entry.at).collect();
    assert_eq!(moments, [4, 3, 2, 1, 0].map(second));
    let entry = &listed[0];
    assert_eq!((entry.operator.as_str(), entry.action.as_str()), ("olga", "suspend"));
    assert_eq!(entry.subject, Some(ann.to_string()));
    assert_eq!(entry.detail.as_deref(), Some(reason.as_str()));
}

async fn expired_sessions_are_swept_the_longest_expired_first(store: &Repositories) {
    let account = account("Ann");
    let ann = account.id;
    let ends = |at| NewSession { expires_at: second(at), ..session(ann) };
    let (first, second_one, living) = (ends(10), ends(20), ends(1000));
    store.accounts.create(account, first.clone()).await.unwrap();
    for session in [&second_one, &living] {
        store.sessions.open(session.clone()).await.unwrap();
    }
    let ids = [first.id, second_one.id, living.id];
    assert_eq!(store.sessions.sweep(second(9), 10).await, Ok(0));
    assert_eq!(store.sessions.sweep(second(20), 1).await, Ok(1));
    let left = store.sessions.living(&ids, second(0)).await.unwrap();
    assert!(left.len() == 2 && !left.contains(&first.id));
    assert_eq!(store.sessions.sweep(second(20), 10).await, Ok(1));
    assert_eq!(store.sessions.sweep(second(20), 10).await, Ok(0));
    assert_eq!(store.sessions.living(&ids, second(0)).await, Ok(vec![living.id]));
}
