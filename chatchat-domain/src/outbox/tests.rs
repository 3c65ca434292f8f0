use std::time::Duration;

use mockall::predicate::{always, eq};

use super::{Claimed, Delivery, Owed, Work};
use crate::account::{CODE_LIFETIME, CodePurpose, EmailCode};
use crate::ports::{Mail, ObjectKey};
use crate::testing::{Mocks, NOW, away, email};
use crate::{GroupId, Timestamp, WorkId};

const ID: WorkId = WorkId::from_bytes([7; 16]);

fn code() -> Mail {
    Mail::Code { to: email("ann"), purpose: CodePurpose::Register, code: EmailCode::typed("012345") }
}

fn notice() -> Mail {
    Mail::AlreadyRegistered { to: email("ann") }
}

fn key() -> ObjectKey {
    format!("avatars/{}", "a".repeat(32)).parse().unwrap()
}

fn claimed(work: Work, attempt: u32) -> Claimed {
    Claimed { id: ID, work, since: NOW, attempt }
}

/// The transport says that it is away.
fn mail_is_away(mocks: &mut Mocks) {
    mocks.transport.expect_deliver().once().return_once(|_, _, _| Err(away()));
}

/// How long the work is put off after this attempt has failed.
async fn pause_after(attempt: u32) -> Duration {
    let mut mocks = Mocks::new();
    mail_is_away(&mut mocks);
    let (told, due_at) = std::sync::mpsc::channel::<Timestamp>();
    mocks.outbox.expect_postpone().once().return_once(move |_, due_at, _| {
        told.send(due_at).unwrap();
        Ok(())
    });
    mocks.app().outbox().attend(claimed(Work::Mail(notice()), attempt)).await.unwrap();
    due_at.recv().unwrap().since(NOW)
}

#[tokio::test]
async fn what_is_due_is_claimed_for_a_while() {
    let mut mocks = Mocks::new();
    let given = vec![claimed(Work::Mail(notice()), 1)];
    let expected = given.clone();
    mocks
        .outbox
        .expect_claim()
        .withf(|now, until, limit| *now == NOW && *until > NOW && *limit == 5)
        .once()
        .return_once(|_, _, _| Ok(given));
    assert_eq!(mocks.app().outbox().claim(5).await, Ok(expected));
}

#[tokio::test]
async fn a_mail_that_is_accepted_is_settled() {
    let mut mocks = Mocks::new();
    mocks
        .transport
        .expect_deliver()
        .with(eq(ID), eq(code()), eq(NOW))
        .once()
        .return_once(|_, _, _| Ok(Delivery::Accepted));
    mocks.outbox.expect_settle().with(eq(ID)).once().return_once(|_| Ok(()));
    assert_eq!(mocks.app().outbox().attend(claimed(Work::Mail(code()), 1)).await, Ok(()));
}

#[tokio::test]
async fn an_object_that_is_removed_is_settled() {
    let mut mocks = Mocks::new();
    mocks.objects.expect_delete().with(eq(key())).once().return_once(|_| Ok(()));
    mocks.outbox.expect_settle().with(eq(ID)).once().return_once(|_| Ok(()));
    assert_eq!(mocks.app().outbox().attend(claimed(Work::Removal(key()), 1)).await, Ok(()));
}

#[tokio::test]
async fn what_fails_is_put_off_and_says_why() {
    let mut mocks = Mocks::new();
    mocks.objects.expect_delete().once().return_once(|_| Err(away()));
    let work = claimed(Work::Removal(key()), 3);
    let reason = away().to_string();
    mocks
        .outbox
        .expect_postpone()
        .withf(move |claimed, _, said| *claimed == work && *said == reason)
        .once()
        .return_once(|_, _, _| Ok(()));
    assert_eq!(mocks.app().outbox().attend(claimed(Work::Removal(key()), 3)).await, Ok(()));
}

#[tokio::test]
async fn pauses_double_from_a_second_to_ten_minutes() {
    for (attempt, from, to) in [(1, 1, 2), (2, 2, 4), (5, 16, 32), (10, 300, 600), (199, 300, 600)] {
        let pause = pause_after(attempt).await;
        let (from, to) = (Duration::from_secs(from), Duration::from_secs(to));
        assert!(from <= pause && pause <= to, "{attempt}: {pause:?}");
    }
}

#[tokio::test]
async fn a_code_s_mail_is_tried_until_the_code_ends_and_then_buried() {
    let mut mocks = Mocks::new();
    mail_is_away(&mut mocks);
    let end = NOW.after(CODE_LIFETIME);
    mocks.outbox.expect_postpone().with(always(), eq(end), always()).once().return_once(|_, _, _| Ok(()));
    mocks
        .outbox
        .expect_bury()
        .withf(|claimed, _, _| claimed.attempt == 9)
        .once()
        .return_once(|_, _, _| Ok(()));
    let clock = mocks.clock.clone();
    let app = mocks.app();
    assert_eq!(app.outbox().attend(claimed(Work::Mail(code()), 8)).await, Ok(()));
    clock.forward(CODE_LIFETIME);
    assert_eq!(
        app.outbox().attend(claimed(Work::Mail(code()), 9)).await,
        Ok(()),
        "the transport is not asked"
    );
}

#[tokio::test]
async fn what_is_refused_is_buried_at_once_and_what_was_long_ago_forgotten() {
    let mut mocks = Mocks::new();
    mocks.transport.expect_deliver().return_once(|_, _, _| Ok(Delivery::Refused("550".to_owned())));
    mocks
        .outbox
        .expect_bury()
        .withf(|_, reason, before| {
            reason == "550" && *before < NOW.before(Duration::from_secs(7 * 24 * 3600))
        })
        .once()
        .return_once(|_, _, _| Ok(()));
    assert_eq!(mocks.app().outbox().attend(claimed(Work::Mail(notice()), 1)).await, Ok(()));
}

#[tokio::test]
async fn a_reason_without_end_is_kept_in_part() {
    let mut mocks = Mocks::new();
    mocks.transport.expect_deliver().return_once(|_, _, _| Ok(Delivery::Refused("é".repeat(100_000))));
    mocks
        .outbox
        .expect_bury()
        .withf(|_, reason, _| reason.chars().count() == 500)
        .once()
        .return_once(|_, _, _| Ok(()));
    assert_eq!(mocks.app().outbox().attend(claimed(Work::Mail(notice()), 1)).await, Ok(()));
}

#[tokio::test]
async fn nothing_is_tried_for_ever() {
    let mut mocks = Mocks::new();
    mocks.objects.expect_delete().return_once(|_| Err(away()));
    mocks.outbox.expect_bury().once().return_once(|_, _, _| Ok(()));
    assert_eq!(mocks.app().outbox().attend(claimed(Work::Removal(key()), 200)).await, Ok(()));
}

#[test]
fn the_removal_of_an_object_is_one_thing() {
    let later = NOW.after(Duration::from_secs(1));
    assert_eq!(Owed::removal(key(), NOW).id, Owed::removal_unless_used(key(), later).id);
    let other = format!("avatars/{}", "b".repeat(32)).parse().unwrap();
    assert_ne!(Owed::removal(key(), NOW).id, Owed::removal(other, NOW).id);
}

#[tokio::test]
async fn a_deleted_group_is_erased_until_nothing_is_left() {
    let mut mocks = Mocks::new();
    let group = GroupId::from_bytes([5; 16]);
    let mut left = 3;
    mocks.groups.expect_erase().with(eq(group), eq(NOW)).times(3).returning(move |_, _| {
        left -= 1;
        Ok(left > 0)
    });
    mocks.outbox.expect_settle().with(eq(ID)).once().return_once(|_| Ok(()));
    mocks.app().outbox().attend(claimed(Work::Erasure(group), 1)).await.unwrap();
}
