use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::id::GrantId;
use crate::ports::Random;
use crate::secret::sha256;

/// A code or a token: the grant that it belongs to, and 32 secret bytes, of which only a hash is stored.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Credential {
    pub(super) grant: GrantId,
    secret: [u8; 32],
}

impl Credential {
    pub(super) fn generate(grant: GrantId, random: &dyn Random) -> Self {
        let mut secret = [0; 32];
        random.fill(&mut secret);
        Self { grant, secret }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (grant, secret) = bytes.split_first_chunk::<16>()?;
        Some(Self { grant: GrantId::from_bytes(*grant), secret: secret.try_into().ok()? })
    }

    pub(super) fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode([self.grant.as_bytes().as_slice(), &self.secret].concat())
    }

    pub(super) fn hash(&self) -> [u8; 32] {
        sha256(&self.secret)
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(…)")
    }
}
