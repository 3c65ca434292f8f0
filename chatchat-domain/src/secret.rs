//! The server's own secret, and what is derived from it.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

/// 32 bytes that only this service knows. Without them, a copy of its store can neither be used to guess
/// e-mail codes nor to continue sessions.
#[derive(Clone)]
pub struct ServerSecret([u8; 32]);

impl ServerSecret {
    /// A secret of these bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Another secret of the service, for this purpose alone.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        self.keyed_hash("derived", &[purpose])
    }

    /// HMAC-SHA-256 (RFC 2104) of `parts` for one `purpose`; no two lists of parts run together.
    pub(crate) fn keyed_hash(&self, purpose: &str, parts: &[&str]) -> [u8; 32] {
        let mut mac = match Hmac::<Sha256>::new_from_slice(&self.0) {
            Ok(mac) => mac,
            Err(_) => return [0; 32], // HMAC takes keys of any length
        };
        mac.update(purpose.as_bytes());
        for part in parts {
            mac.update(&part.len().to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for ServerSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerSecret(…)")
    }
}

/// SHA-256, for what is random enough to need no key.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
