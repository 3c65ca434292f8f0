use chatchat_domain::account::{EmailAddress, UserName};
use chatchat_domain::identity::{BINDING_LIFETIME, Identity, LoginOutcome};
use serde::Serialize;

use super::{LoggedInView, Time, Urls, WithoutRefreshToken};

/// What has come of a log-in at a third party.
#[derive(Debug, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum LoginOutcomeView<'a> {
    /// It is bound to an account.
    LoggedIn(LoggedInView<'a>),
    /// It is not.
    BindingRequired {
        /// For `POST /auth/bind`.
        binding_token: &'a str,
        /// How long that is good.
        expires_in: u64,
        /// What the provider says of the person.
        suggested: SuggestedView<'a>,
    },
}

impl WithoutRefreshToken for LoginOutcomeView<'_> {
    fn without_refresh_token(self) -> Self {
        match self {
            Self::LoggedIn(view) => Self::LoggedIn(view.without_refresh_token()),
            Self::BindingRequired { .. } => self,
        }
    }
}

/// What a provider says of a person.
#[derive(Debug, Serialize)]
pub struct SuggestedView<'a> {
    name: Option<&'a str>,
    email: Option<&'a str>,
}

/// An account at a third party that logs in to the caller's.
#[derive(Debug, Serialize)]
pub struct IdentityView<'a> {
    provider: &'a str,
    subject: &'a str,
    name: Option<&'a str>,
    email: Option<&'a str>,
    bound_at: Time,
}

impl<'a> From<&'a Identity> for IdentityView<'a> {
    fn from(identity: &'a Identity) -> Self {
        let claims = &identity.claims;
        Self {
            provider: identity.provider.as_str(),
            subject: claims.subject.as_str(),
            name: claims.name.as_ref().map(UserName::as_str),
            email: claims.email.as_ref().map(EmailAddress::as_str),
            bound_at: Time(identity.bound_at),
        }
    }
}

impl Urls {
    /// What has come of a log-in at a third party.
    pub fn login_outcome<'a>(&self, outcome: &'a LoginOutcome) -> LoginOutcomeView<'a> {
        match outcome {
            LoginOutcome::LoggedIn(account, tokens) => {
                LoginOutcomeView::LoggedIn(self.logged_in(account, tokens))
            }
            LoginOutcome::BindingRequired { binding_token, name, email } => {
                LoginOutcomeView::BindingRequired {
                    binding_token: binding_token.expose(),
                    expires_in: BINDING_LIFETIME.as_secs(),
                    suggested: SuggestedView {
                        name: name.as_ref().map(UserName::as_str),
                        email: email.as_ref().map(EmailAddress::as_str),
                    },
                }
            }
        }
    }
}
