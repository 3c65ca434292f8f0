//! People: registration by e-mail code, profiles, passwords.

mod codes;
mod departure;
mod model;
mod ports;
mod service;
#[cfg(test)]
mod tests;

pub use codes::{CODE_LIFETIME, CODE_RETRY_AFTER, CodePurpose, EmailCode};
pub(crate) use departure::Departure;
pub use model::{
    Account, Bio, EmailAddress, NewAccount, Password, PasswordHash, ProfileChange, User, UserName,
};
pub use ports::{AccountRepository, CodeStore, Credentials, StoredCode};
#[cfg(any(test, feature = "mocks"))]
pub use ports::{MockAccountRepository, MockCodeStore};
pub(crate) use service::name_from;
pub use service::{AccountService, PICTURE_URL_LIFETIME, Picture, Registration};
