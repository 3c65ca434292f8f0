use std::fmt;
use std::time::Duration;

use crate::account::EmailAddress;
use crate::error::Violation;
use crate::ports::{Policy, Random};
use crate::secret::ServerSecret;

/// How long a code is good for.
pub const CODE_LIFETIME: Duration = Duration::from_secs(120);
/// How long one waits before asking for the next code.
pub const CODE_RETRY_AFTER: Duration = Duration::from_secs(60);
/// How often a code may be tried.
pub(super) const CODE_TRIES: u32 = 5;

/// One mail a minute for an address.
pub(super) const ONE_A_MINUTE: Policy =
    Policy { name: "email_code_minute", quota: 1, window: CODE_RETRY_AFTER };
/// Five mails an hour for an address.
pub(super) const FIVE_AN_HOUR: Policy =
    Policy { name: "email_code_hour", quota: 5, window: Duration::from_secs(3600) };

/// What a code is for. A code for one purpose proves nothing for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CodePurpose {
    /// To make an account.
    Register,
    /// To set a new password.
    ResetPassword,
    /// To bind a third-party log-in to the address.
    BindEmail,
}

impl CodePurpose {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Register, Self::ResetPassword, Self::BindEmail];

    /// The name in the contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::ResetPassword => "reset_password",
            Self::BindEmail => "bind_email",
        }
    }

    /// The purpose with this name.
    ///
    /// # Errors
    /// A violation of `purpose` when there is none.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == text).ok_or_else(|| {
            Violation::new("purpose", "unknown_value", "must be register, reset_password or bind_email")
        })
    }
}

/// Six digits that prove who reads the mail.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailCode(String);

impl EmailCode {
    /// A fresh code. The bias of the remainder is below 2⁻⁴⁴.
    pub(super) fn generate(random: &dyn Random) -> Self {
        let mut bytes = [0; 8];
        random.fill(&mut bytes);
        Self(format!("{:06}", u64::from_be_bytes(bytes) % 1_000_000))
    }

    /// A code as somebody types it; anything may turn out wrong, nothing is malformed.
    pub fn typed(text: &str) -> Self {
        Self(text.trim().chars().take(16).collect())
    }

    /// The digits, for the mail and the store alone.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What the store keeps of the code.
    pub(super) fn keyed_hash(
        &self,
        secret: &ServerSecret,
        email: &EmailAddress,
        purpose: CodePurpose,
    ) -> [u8; 32] {
        secret.keyed_hash("email-code", &[purpose.as_str(), &email.key(), &self.0])
    }
}

impl fmt::Debug for EmailCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailCode(…)")
    }
}
