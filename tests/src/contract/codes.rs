//! [`CodeStore`]

use std::time::Duration;

use chatchat_adapters::memory::MemoryCodes;
use chatchat_adapters::system::SystemClock;
use chatchat_domain::Timestamp;
use chatchat_domain::account::{CODE_LIFETIME, CodePurpose, CodeStore, EmailAddress, StoredCode};
use chatchat_domain::ports::Clock as _;
use futures_util::future::join_all;

use crate::services::redis::{redis, redis_cluster};

contract! {
    [
        a_kept_code_is_redeemed_once,
        of_many_at_once_one_redeems,
        a_code_that_was_not_kept_is_not_redeemed,
        a_code_is_good_for_its_lifetime_and_no_longer,
        a_wrong_try_leaves_the_code_good,
        after_as_many_wrong_tries_as_are_allowed_the_right_code_is_refused,
        a_new_code_takes_the_place_of_the_old_one_and_of_its_tries,
        a_code_is_for_one_address_and_one_purpose,
        an_address_is_the_same_however_it_is_written,
        what_is_forgotten_is_worth_nothing,
    ]
    memory => Box::new(MemoryCodes::new());
    redis => Box::new(redis().await.codes());
    redis_cluster => Box::new(redis_cluster().await.codes());
}

const RIGHT: [u8; 32] = [7; 32];
const WRONG: [u8; 32] = [8; 32];
const TRIES: u32 = 5;

/// Ann, who wants to register, and the moment her code was made.
struct Ann<'a> {
    codes: &'a dyn CodeStore,
    email: EmailAddress,
    made: Timestamp,
}

impl<'a> Ann<'a> {
    fn of(codes: &'a dyn CodeStore) -> Self {
        let email = EmailAddress::new("ann@example.com").unwrap();
        Self { codes, email, made: SystemClock.now() }
    }

    async fn gets(&self, hash: [u8; 32]) {
        let code = StoredCode { hash, created_at: self.made };
        self.codes.keep(&self.email, CodePurpose::Register, code).await.unwrap();
    }

    async fn tries(&self, hash: [u8; 32]) -> bool {
        self.tries_after(Duration::from_secs(1), hash).await
    }

    async fn tries_after(&self, time: Duration, hash: [u8; 32]) -> bool {
        let now = self.made.after(time);
        self.codes.redeem(&self.email, CodePurpose::Register, hash, TRIES, now).await.unwrap()
    }
}

async fn a_kept_code_is_redeemed_once(codes: &dyn CodeStore) {
    let ann = Ann::of(codes);
    ann.gets(RIGHT).await;
    assert!(ann.tries(RIGHT).await);
    assert!(!ann.tries(RIGHT).await);
}

async fn of_many_at_once_one_redeems(codes: &dyn CodeStore) {
    let ann = Ann::of(codes);
    ann.gets(RIGHT).await;
    let redeemed = join_all((0..20).map(|_| ann.tries(RIGHT))).await;
    assert_eq!(redeemed.into_iter().filter(|redeemed| *redeemed).count(), 1);
}

async fn a_code_that_was_not_kept_is_not_redeemed(codes: &dyn CodeStore) {
    assert!(!Ann::of(codes).tries(RIGHT).await);
}

async fn a_code_is_good_for_its_lifetime_and_no_longer(codes: &dyn CodeStore) {
    let ann = Ann::of(codes);
    ann.gets(RIGHT).await;
    assert!(ann.tries_after(CODE_LIFETIME - Duration::from_secs(1), RIGHT).await);
    ann.gets(RIGHT).await;
    assert!(!ann.tries_after(CODE_LIFETIME, RIGHT).await);
}

async fn a_wrong_try_leaves_the_code_good(codes: &dyn CodeStore) {
    let ann = Ann::of(codes);
    ann.gets(RIGHT).await;
    for _ in 1..TRIES {
        assert!(!ann.tries(WRONG).await);
    }
    assert!(ann.tries(RIGHT).await);
}

async fn after_as_many_wrong_tries_as_are_allowed_the_right_code_is_refused(codes: &dyn CodeStore) {
    let ann = Ann::of(codes);
    ann.gets(RIGHT).await;
    for _ in 0..TRIES {
        assert!(!ann.tries(WRONG).await);
    }
    assert!(!ann.tries(RIGHT).await);
}

async fn a_new_code_takes_the_place_of_the_old_one_and_of_its_tries(codes: &dyn CodeStore) {
    let ann = Ann::of(codes);
    ann.gets(WRONG).await;
    for _ in 0..TRIES {
        ann.tries([9; 32]).await;
    }
    ann.gets(RIGHT).await;
    assert!(!ann.tries(WRONG).await);
    assert!(ann.tries(RIGHT).await);
}

async fn a_code_is_for_one_address_and_one_purpose(codes: &dyn CodeStore) {
    let ann = Ann::of(codes);
    ann.gets(RIGHT).await;
    let now = ann.made;
    let bob = EmailAddress::new("bob@example.com").unwrap();
    assert!(!codes.redeem(&bob, CodePurpose::Register, RIGHT, TRIES, now).await.unwrap());
    assert!(!codes.redeem(&ann.email, CodePurpose::ResetPassword, RIGHT, TRIES, now).await.unwrap());
    assert!(ann.tries(RIGHT).await);
}

async fn an_address_is_the_same_however_it_is_written(codes: &dyn CodeStore) {
    let ann = Ann::of(codes);
    ann.gets(RIGHT).await;
    let loud = Ann { email: EmailAddress::new("ANN@Example.com").unwrap(), ..ann };
    assert!(loud.tries(RIGHT).await);
}

async fn what_is_forgotten_is_worth_nothing(codes: &dyn CodeStore) {
    let ann = Ann::of(codes);
    let bob = EmailAddress::new("bob@example.com").unwrap();
    let purpose = CodePurpose::BindEmail;
    codes.keep(&bob, purpose, StoredCode { hash: RIGHT, created_at: ann.made }).await.unwrap();
    ann.gets(RIGHT).await;
    codes.forget(&EmailAddress::new("ANN@example.com").unwrap()).await.unwrap();
    assert!(!ann.tries(RIGHT).await);
    assert!(codes.redeem(&bob, purpose, RIGHT, TRIES, ann.made).await.unwrap(), "another one's stays");
    ann.gets(RIGHT).await;
    assert!(ann.tries(RIGHT).await);
}
