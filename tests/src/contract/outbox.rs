//! [`OutboxRepository`](chatchat_domain::outbox::OutboxRepository), and what other repositories owe through it.

use chatchat_adapters::sql::Repositories;
use chatchat_adapters::system::{SystemClock, SystemRandom};
use chatchat_domain::account::{CodePurpose, EmailAddress, EmailCode, ProfileChange};
use chatchat_domain::outbox::{Backlog, Claimed, Owed, Work};
use chatchat_domain::ports::{Mail, ObjectKey};
use chatchat_domain::{Refusal, UserId, WorkId};
use futures_util::future::join_all;

use super::people::{self, person, second};

contract! {
    [
        what_is_owed_is_claimed_as_it_is,
        the_longest_due_comes_first_and_no_more_than_asked_for,
        of_several_who_claim_one_gets_it,
        what_is_not_settled_in_time_is_due_again,
        how_much_is_owed_is_told,
        what_is_settled_is_gone,
        what_is_postponed_comes_back_then,
        what_is_buried_never_comes_back,
        who_was_too_slow_changes_nothing,
        owing_the_same_again_changes_nothing,
        a_new_picture_is_kept_and_the_old_one_s_removal_owed,
        a_change_that_fails_owes_nothing_and_takes_nothing_back,
    ]
    sqlite => people::sqlite();
    mysql => people::mysql().await;
}

fn mail(due: u64) -> Owed {
    let to = EmailAddress::new("Änn@example.com").unwrap();
    let mail = Mail::Code { to, purpose: CodePurpose::Register, code: EmailCode::typed("012345") };
    let id = WorkId::generate(&SystemClock, &SystemRandom);
    Owed { id, work: Work::Mail(mail), since: second(0), due_at: second(due) }
}

fn picture() -> ObjectKey {
    ObjectKey::avatar(&SystemRandom)
}

async fn claim(store: &Repositories, now: u64, limit: u32) -> Vec<Claimed> {
    store.outbox.claim(second(now), second(now + 10), limit).await.unwrap()
}

async fn owe(store: &Repositories, owed: Owed) -> WorkId {
    let id = owed.id;
    store.outbox.owe(owed).await.unwrap();
    id
}

fn ids(claimed: &[Claimed]) -> Vec<WorkId> {
    claimed.iter().map(|one| one.id).collect()
}

async fn set_avatar(store: &Repositories, user: UserId, avatar: Option<ObjectKey>, now: u64) {
    let change = ProfileChange { avatar: Some(avatar.clone()), ..ProfileChange::default() };
    let changed = store.accounts.change_profile(user, change, second(now)).await.unwrap();
    assert_eq!(changed.user.avatar, avatar);
}

async fn how_much_is_owed_is_told(store: &Repositories) {
    let told = async || store.outbox.backlog().await.unwrap();
    assert_eq!(told().await, Backlog::default());
    owe(store, mail(7)).await;
    let first = owe(store, mail(5)).await;
    assert_eq!(told().await, Backlog { waiting: 2, first_due_at: Some(second(5)), dead: 0 });
    let claimed = claim(store, 6, 1).await;
    store.outbox.bury(&claimed[0], "hopeless", second(0)).await.unwrap();
    assert_eq!(claimed[0].id, first);
    assert_eq!(told().await, Backlog { waiting: 1, first_due_at: Some(second(7)), dead: 1 });
    let claimed = claim(store, 8, 1).await;
    store.outbox.postpone(&claimed[0], second(500), "away").await.unwrap();
    let since = Some(claimed[0].since);
    assert_eq!(
        told().await,
        Backlog { waiting: 1, first_due_at: since, dead: 1 },
        "putting off hides nothing"
    );
}

async fn what_is_owed_is_claimed_as_it_is(store: &Repositories) {
    let owed = mail(5);
    owe(store, owed.clone()).await;
    assert!(claim(store, 4, 10).await.is_empty(), "it is not due");
    let expected = Claimed { id: owed.id, work: owed.work, since: owed.since, attempt: 1 };
    assert_eq!(claim(store, 5, 10).await, [expected]);
}

async fn the_longest_due_comes_first_and_no_more_than_asked_for(store: &Repositories) {
    let (third, first, second) = (mail(3), mail(1), mail(2));
    let order = [first.id, second.id, third.id];
    for owed in [third, first, second] {
        owe(store, owed).await;
    }
    assert_eq!(ids(&claim(store, 9, 2).await), order[..2]);
    assert_eq!(ids(&claim(store, 9, 2).await), order[2..]);
}

async fn of_several_who_claim_one_gets_it(store: &Repositories) {
    let mut owed: Vec<WorkId> = Vec::new();
    for _ in 0..10 {
        owed.push(owe(store, mail(1)).await);
    }
    let claims = join_all((0..4).map(|_| claim(store, 1, 10))).await;
    let mut claimed: Vec<WorkId> = claims.iter().flat_map(|claimed| ids(claimed)).collect();
    claimed.sort();
    owed.sort();
    assert_eq!(claimed, owed);
}

async fn what_is_not_settled_in_time_is_due_again(store: &Repositories) {
    owe(store, mail(1)).await;
    assert_eq!(claim(store, 1, 1).await[0].attempt, 1);
    assert!(claim(store, 10, 1).await.is_empty());
    assert_eq!(claim(store, 11, 1).await[0].attempt, 2);
}

async fn what_is_settled_is_gone(store: &Repositories) {
    let id = owe(store, mail(1)).await;
    claim(store, 1, 1).await;
    store.outbox.settle(id).await.unwrap();
    store.outbox.settle(id).await.unwrap();
    assert!(claim(store, 1000, 1).await.is_empty());
}

async fn what_is_postponed_comes_back_then(store: &Repositories) {
    owe(store, mail(1)).await;
    let claimed = claim(store, 1, 1).await.remove(0);
    store.outbox.postpone(&claimed, second(100), "the server is away").await.unwrap();
    assert!(claim(store, 99, 1).await.is_empty());
    assert_eq!(claim(store, 100, 1).await, [Claimed { attempt: 2, ..claimed }]);
}

async fn what_is_buried_never_comes_back(store: &Repositories) {
    owe(store, mail(1)).await;
    let claimed = claim(store, 1, 1).await.remove(0);
    store.outbox.bury(&claimed, "no such person", second(0)).await.unwrap();
    assert!(claim(store, 1_000_000, 1).await.is_empty());
}

async fn who_was_too_slow_changes_nothing(store: &Repositories) {
    owe(store, mail(1)).await;
    let slow = claim(store, 1, 1).await.remove(0);
    let next = claim(store, 11, 1).await.remove(0);
    store.outbox.postpone(&slow, second(12), "too late").await.unwrap();
    store.outbox.bury(&slow, "too late", second(0)).await.unwrap();
    assert!(claim(store, 20, 1).await.is_empty(), "the next one still has it");
    assert_eq!(claim(store, 21, 1).await, [Claimed { attempt: 3, ..next }]);
}

async fn owing_the_same_again_changes_nothing(store: &Repositories) {
    let key = picture();
    owe(store, Owed::removal(key.clone(), second(1))).await;
    owe(store, Owed::removal(key.clone(), second(2))).await;
    let claimed = claim(store, 9, 10).await;
    assert_eq!((claimed.len(), claimed[0].since), (1, second(1)));
    assert_eq!(claimed[0].work, Work::Removal(key));
}

async fn a_new_picture_is_kept_and_the_old_one_s_removal_owed(store: &Repositories) {
    let ann = person(store, "Ann").await;
    let (old, new) = (picture(), picture());
    for (key, now) in [(&old, 1), (&new, 2)] {
        owe(store, Owed::removal_unless_used(key.clone(), second(now))).await;
        set_avatar(store, ann, Some(key.clone()), now).await;
    }
    let claimed = claim(store, 1_000_000, 10).await;
    let removals: Vec<&Work> = claimed.iter().map(|one| &one.work).collect();
    assert_eq!((removals, claimed[0].since), (vec![&Work::Removal(old)], second(2)));
    store.outbox.settle(claimed[0].id).await.unwrap();

    set_avatar(store, ann, None, 3).await;
    set_avatar(store, ann, None, 4).await;
    let claimed = claim(store, 3, 10).await;
    assert_eq!((claimed.len(), &claimed[0].work), (1, &Work::Removal(new)));
}

async fn a_change_that_fails_owes_nothing_and_takes_nothing_back(store: &Repositories) {
    let key = picture();
    owe(store, Owed::removal_unless_used(key.clone(), second(1))).await;
    let nobody = UserId::generate(&SystemClock, &SystemRandom);
    let change = ProfileChange { avatar: Some(Some(key.clone())), ..ProfileChange::default() };
    let refused = store.accounts.change_profile(nobody, change, second(2)).await;
    assert_eq!(refused, Err(Refusal::NotFound.into()));
    let claimed = claim(store, 1_000_000, 10).await;
    assert_eq!((claimed.len(), &claimed[0].work), (1, &Work::Removal(key)));
}
