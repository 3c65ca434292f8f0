use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::id::SessionId;
use crate::ports::Random;
use crate::secret::{ServerSecret, sha256};

/// A refresh token: the session's id and 32 secret bytes.
///
/// The successor of a token is derived from it with the server's secret, so that a client whose answer got
/// lost gets the very same successor when it asks again, though the store holds nothing but hashes.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct RefreshToken {
    pub(super) session: SessionId,
    secret: [u8; 32],
}

impl RefreshToken {
    pub(super) fn generate(session: SessionId, random: &dyn Random) -> Self {
        let mut secret = [0; 32];
        random.fill(&mut secret);
        Self { session, secret }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (session, secret) = bytes.split_first_chunk::<16>()?;
        Some(Self { session: SessionId::from_bytes(*session), secret: secret.try_into().ok()? })
    }

    pub(super) fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode([self.session.as_bytes().as_slice(), &self.secret].concat())
    }

    pub(super) fn successor(&self, server: &ServerSecret) -> Self {
        Self { session: self.session, secret: server.keyed_hash("refresh-token", &[&self.encode()]) }
    }

    pub(super) fn hash(&self) -> [u8; 32] {
        sha256(&self.secret)
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken(…)")
    }
}
