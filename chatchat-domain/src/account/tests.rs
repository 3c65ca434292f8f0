use mockall::predicate::eq;

use crate::account::Credentials;
use crate::testing::{ANN, Mocks, email, hash_of, password};

mod codes;
mod passwords;
mod profiles;

/// Ann's address has an account, with a password.
fn ann_is_known(mocks: &mut Mocks) {
    let known = Credentials { user: ANN, password: Some(hash_of(&password("correct horse"))) };
    mocks.accounts.expect_credentials().with(eq(email("ann"))).returning(move |_| Ok(Some(known.clone())));
}

/// Ann's address has no account.
fn ann_is_unknown(mocks: &mut Mocks) {
    mocks.accounts.expect_credentials().with(eq(email("ann"))).returning(|_| Ok(None));
}
