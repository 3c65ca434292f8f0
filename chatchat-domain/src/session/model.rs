use std::fmt;
use std::time::Duration;

use crate::error::Violation;
use crate::id::{SessionId, UserId};
use crate::text;
use crate::time::Timestamp;

/// Who calls: proven by an access token of a living session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The person.
    pub user: UserId,
    /// The session.
    pub session: SessionId,
    /// When the token was made.
    pub issued_at: Timestamp,
    /// When the token ends.
    pub expires_at: Timestamp,
}

/// What a client says of itself, and where it calls from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Client {
    /// A name for the device, for its owner's eyes.
    pub device: Option<String>,
    /// The network address.
    pub ip: String,
}

impl Client {
    /// The longest name of a device, in characters.
    pub const MAX_DEVICE_CHARS: usize = 100;

    /// A client at `ip` that calls itself `device`.
    ///
    /// # Errors
    /// A violation of `device` over 100 characters.
    pub fn new(device: Option<&str>, ip: String) -> Result<Self, Violation> {
        let device = device
            .map(|device| text::name(device, Self::MAX_DEVICE_CHARS))
            .transpose()
            .map_err(|violation| violation.of("device"))?;
        Ok(Self { device, ip })
    }
}

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Which one.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// Who opened it.
    pub client: Client,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last used, to within a minute.
    pub last_seen_at: Timestamp,
}

/// A session to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// Who opens it.
    pub client: Client,
    /// The hash of its first refresh token.
    pub refresh_hash: [u8; 32],
    /// The moment.
    pub created_at: Timestamp,
    /// When it ends unless it is refreshed.
    pub expires_at: Timestamp,
}

/// What a client holds of its session.
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens {
    /// Proves who calls.
    pub access_token: String,
    /// How long it does.
    pub expires_in: Duration,
    /// Gets the next pair, once.
    pub refresh_token: String,
    /// How long it can.
    pub refresh_expires_in: Duration,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens(…)")
    }
}
