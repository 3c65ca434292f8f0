use crate::error::Error;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident $code:literal)*) => {
        /// What is wrong, in the words of the standards.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ErrorCode { $($(#[$doc])* $name,)* }

        impl ErrorCode {
            /// As it stands in an answer.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }
        }
    };
}

codes! {
    /// Something is missing, twice there, or malformed (RFC 6749, section 5.2).
    InvalidRequest "invalid_request"
    /// The client is not known, or does not prove who it is.
    InvalidClient "invalid_client"
    /// A code or a token that is wrong, used, expired, or somebody else's.
    InvalidGrant "invalid_grant"
    /// This client may not do that.
    UnauthorizedClient "unauthorized_client"
    /// There is no such grant type here.
    UnsupportedGrantType "unsupported_grant_type"
    /// There is no such response type here (section 4.1.2.1).
    UnsupportedResponseType "unsupported_response_type"
    /// There is no such scope here.
    InvalidScope "invalid_scope"
    /// The person has said no.
    AccessDenied "access_denied"
    /// Nobody can be asked without a page (OpenID Connect Core, section 3.1.2.6).
    LoginRequired "login_required"
    /// An access token that is not good (any more) (RFC 6750, section 3.1).
    InvalidToken "invalid_token"
}

/// A request that the standards have an answer for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {description}", .code.as_str())]
pub struct OauthError {
    /// What is wrong.
    pub code: ErrorCode,
    /// The same for a developer, in ASCII without quotes and backslashes (RFC 6749, section 5.2).
    pub description: &'static str,
}

impl OauthError {
    /// What is wrong, and the same for a developer.
    pub const fn new(code: ErrorCode, description: &'static str) -> Self {
        Self { code, description }
    }
}

/// Why a client does not get what it asks for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It should not have asked.
    #[error(transparent)]
    Oauth(#[from] OauthError),
    /// Something of ours is away, or too much is asked.
    #[error(transparent)]
    Other(#[from] Error),
}

/// A fault that the standards have a word for.
pub(super) fn fault(code: ErrorCode, description: &'static str) -> Fault {
    OauthError::new(code, description).into()
}
