//! [`PasswordHasher`]

use chatchat_adapters::password::Bcrypt;
use chatchat_domain::Error;
use chatchat_domain::account::Password;
use chatchat_domain::ports::PasswordHasher;
use futures_util::future::join_all;

contract! {
    [
        the_password_is_the_only_one_that_verifies,
        nobodys_password_is_always_wrong,
        a_hash_does_not_show_its_password_and_is_never_the_same,
        every_byte_of_the_longest_password_counts,
        a_crowd_is_served_or_told_to_come_back,
    ]
    bcrypt => Box::new(Bcrypt::new(4));
}

fn password(text: &str) -> Password {
    Password::new(text).unwrap()
}

async fn the_password_is_the_only_one_that_verifies(hasher: &dyn PasswordHasher) {
    let hash = hasher.hash(password("correct horse 上海")).await.unwrap();
    assert_eq!(hasher.verify(password("correct horse 上海"), Some(hash.clone())).await, Ok(true));
    for wrong in ["correct horse 上", "Correct horse 上海", "correct horse 上海 "] {
        assert_eq!(hasher.verify(password(wrong), Some(hash.clone())).await, Ok(false));
    }
}

async fn nobodys_password_is_always_wrong(hasher: &dyn PasswordHasher) {
    assert_eq!(hasher.verify(password("correct horse"), None).await, Ok(false));
}

async fn a_hash_does_not_show_its_password_and_is_never_the_same(hasher: &dyn PasswordHasher) {
    let one = hasher.hash(password("correct horse")).await.unwrap();
    let other = hasher.hash(password("correct horse")).await.unwrap();
    assert!(!one.expose().contains("correct horse"));
    assert_ne!(one, other);
}

async fn every_byte_of_the_longest_password_counts(hasher: &dyn PasswordHasher) {
    let longest = "a".repeat(72);
    let hash = hasher.hash(password(&longest)).await.unwrap();
    assert_eq!(hasher.verify(password(&longest), Some(hash.clone())).await, Ok(true));
    for wrong in ["a".repeat(71), format!("{}b", "a".repeat(71))] {
        assert_eq!(hasher.verify(password(&wrong), Some(hash.clone())).await, Ok(false));
    }
}

async fn a_crowd_is_served_or_told_to_come_back(hasher: &dyn PasswordHasher) {
    let checks = join_all((0..2000).map(|_| hasher.verify(password("correct horse"), None))).await;
    assert!(checks.iter().any(Result::is_ok));
    assert!(checks.iter().all(|check| matches!(check, Ok(false) | Err(Error::Overloaded(_)))));
    assert_eq!(hasher.verify(password("correct horse"), None).await, Ok(false));
}
