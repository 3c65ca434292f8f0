use std::borrow::Cow;

use chatchat_domain::{Error, Refusal};

/// What can go wrong with a provider. The words are for the log, and hold nothing that a provider or a person has said
/// in secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    /// It does not answer, or says that it cannot.
    #[error("{0}")]
    Away(Cow<'static, str>),
    /// What it says makes no sense, or cannot be trusted.
    #[error("{0}")]
    Wrong(Cow<'static, str>),
    /// It knows nobody of this name and password.
    #[error("the name or the password is wrong")]
    WrongPassword,
}

pub(super) fn away(words: impl Into<Cow<'static, str>>) -> Fault {
    Fault::Away(words.into())
}

pub(super) fn wrong(words: impl Into<Cow<'static, str>>) -> Fault {
    Fault::Wrong(words.into())
}

impl Fault {
    pub(super) fn explain(self, provider: &str) -> Error {
        match self {
            Self::Away(words) => Error::Unavailable(format!("the provider {provider}: {words}")),
            Self::Wrong(words) => {
                tracing::warn!(provider, reason = %words, "a third party cannot be trusted");
                Refusal::ProviderError.into()
            }
            Self::WrongPassword => Refusal::InvalidCredentials.into(),
        }
    }
}
