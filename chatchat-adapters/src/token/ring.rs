//! The keys that sign access tokens, and when each does.

use std::time::Duration;

use chatchat_domain::admin::{KeyState, SigningKey};
use chatchat_domain::{Error, Timestamp};
use jsonwebtoken::DecodingKey;

use super::TYPE;
use super::signer::{self, Signer};
use crate::keys::TokenKey;

/// How old a key is before anything is signed with it: by then all nodes know it, and so does whoever keeps the public
/// keys for a while.
const KNOWN_EVERYWHERE: Duration = Duration::from_secs(30);
/// For how much longer than the tokens that it has signed a key is kept: clocks differ.
const LEEWAY: Duration = Duration::from_secs(60);

/// Keys, at least one, in the order in which they sign.
pub(super) struct Ring {
    keys: Vec<(TokenKey, Signer)>,
}

impl Ring {
    /// # Errors
    /// [`Error::Internal`] when there is none.
    pub(super) fn new(mut keys: Vec<TokenKey>) -> Result<Self, Error> {
        keys.sort_by(|one, other| one.place().cmp(&other.place()));
        let signed = |key: TokenKey| Signer::new(&key.seed, TYPE).map(|signer| (key, signer));
        let keys = keys.into_iter().map(signed).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() {
            return Err(Error::Internal("no key to sign with".to_owned()));
        }
        Ok(Self { keys })
    }

    /// Whether it is made of these.
    pub(super) fn is_of(&self, keys: &[TokenKey]) -> bool {
        keys.len() == self.keys.len()
            && keys.iter().all(|key| self.keys.iter().any(|(known, _)| known == key))
    }

    /// What is signed with at `now`: the newest of those that are known everywhere, or else the first.
    pub(super) fn signing(&self, now: Timestamp) -> Result<&Signer, Error> {
        let at = self.signing_at(now);
        let signing = self.keys.get(at).map(|(_, signer)| signer);
        signing.ok_or_else(|| Error::Internal("no key to sign with".to_owned()))
    }

    /// The key that a token names, if it is one of these.
    pub(super) fn key_of(&self, token: &str) -> Option<&DecodingKey> {
        signer::key_of(token, self.signers())
    }

    pub(super) fn jwks(&self) -> serde_json::Value {
        signer::jwks(self.signers())
    }

    /// The keys as operators see them at `now`, in the order in which they sign.
    pub(super) fn shown(&self, now: Timestamp) -> Vec<SigningKey> {
        let signing = self.signing_at(now);
        let state = |at: usize| match at.cmp(&signing) {
            std::cmp::Ordering::Less => KeyState::Superseded,
            std::cmp::Ordering::Equal => KeyState::Signing,
            std::cmp::Ordering::Greater => KeyState::Upcoming,
        };
        let shown = |(at, (key, signer)): (usize, &(TokenKey, Signer))| SigningKey {
            kid: signer.kid().to_owned(),
            name: key.name.clone(),
            created_at: key.made_at(),
            state: state(at),
        };
        self.keys.iter().enumerate().map(shown).collect()
    }

    /// The names of the keys of which no token is good any more at `now`, if each is for `lifetime`.
    pub(super) fn outlived(&self, now: Timestamp, lifetime: Duration) -> Vec<String> {
        let ends = |successor: &TokenKey| successor.signs_from().after(lifetime).after(LEEWAY);
        let with_successors = self.keys.iter().zip(self.keys.iter().skip(1));
        let outlived = with_successors.filter(|(_, (successor, _))| ends(successor) <= now);
        outlived.map(|((key, _), _)| key.name.clone()).collect()
    }

    fn signing_at(&self, now: Timestamp) -> usize {
        self.keys.iter().rposition(|(key, _)| key.signs_from() <= now).unwrap_or_default()
    }

    fn signers(&self) -> impl Iterator<Item = &Signer> {
        self.keys.iter().map(|(_, signer)| signer)
    }
}

impl TokenKey {
    /// Where it stands among others: those whose names tell no moment come first.
    fn place(&self) -> (Option<Timestamp>, &str) {
        (self.made_at(), &self.name)
    }

    /// From when on it may sign.
    fn signs_from(&self) -> Timestamp {
        self.made_at().map_or(Timestamp::from_unix_micros(0), |made_at| made_at.after(KNOWN_EVERYWHERE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_micros(1_800_000_000_000_000);

    fn key(name: &str) -> TokenKey {
        let mut seed = [0; 32];
        seed.iter_mut().zip(name.bytes().rev()).for_each(|(to, from)| *to = from);
        TokenKey { name: name.to_owned(), seed }
    }

    fn ring(names: &[&str]) -> Ring {
        Ring::new(names.iter().map(|name| key(name)).collect()).unwrap()
    }

    fn made(seconds_ago: u64) -> String {
        format!("token-{}", NOW.unix_seconds() - seconds_ago)
    }

    fn states(ring: &Ring) -> Vec<(String, KeyState)> {
        ring.shown(NOW).into_iter().map(|key| (key.name, key.state)).collect()
    }

    #[test]
    fn the_newest_key_that_is_known_everywhere_signs() {
        let (upcoming, signing) = (made(29), made(30));
        let ring = ring(&[&upcoming, "token-0001", &signing, "token-by-hand"]);
        let expected = [
            ("token-0001".to_owned(), KeyState::Superseded),
            ("token-by-hand".to_owned(), KeyState::Superseded),
            (signing, KeyState::Signing),
            (upcoming, KeyState::Upcoming),
        ];
        assert_eq!(states(&ring), expected);
        let signing = ring.shown(NOW).remove(2).kid;
        assert_eq!(ring.signing(NOW).unwrap().kid(), signing);
        assert_eq!(ring.jwks()["keys"].as_array().unwrap().len(), 4);
    }

    #[test]
    fn of_keys_that_are_all_too_new_the_first_signs() {
        let (first, second) = (made(5), made(1));
        assert_eq!(states(&ring(&[&second, &first]))[0], (first, KeyState::Signing));
    }

    #[test]
    fn a_key_is_outlived_when_its_last_token_has_ended() {
        let lifetime = Duration::from_secs(900);
        let (long, short, new) = (made(30 + 900 + 60), made(30 + 900 + 59), made(1));
        let ring = ring(&["token-0001", &long, &short, &new]);
        assert_eq!(ring.outlived(NOW, lifetime), ["token-0001"]);
        let later = NOW.after(Duration::from_secs(1));
        assert_eq!(ring.outlived(later, lifetime), ["token-0001", &long]);
    }

    #[test]
    fn a_ring_knows_what_it_is_made_of() {
        let ring = ring(&["token-0001", "token-0002"]);
        assert!(ring.is_of(&[key("token-0002"), key("token-0001")]));
        assert!(!ring.is_of(&[key("token-0001")]) && !ring.is_of(&[key("token-0001"), key("token-0003")]));
        assert!(matches!(Ring::new(Vec::new()), Err(Error::Internal(_))));
    }
}
