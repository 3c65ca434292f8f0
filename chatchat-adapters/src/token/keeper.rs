//! Keeps up with the keys that sign access tokens, which the nodes of a service share, and changes them.

use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use chatchat_domain::admin::{KeyKeeper, KeyState, SigningKey};
use chatchat_domain::{Error, Refusal, Timestamp};
use tokio::time::sleep;

use super::Ed25519Tokens;
use crate::keys::{TokenKey, TokenKeyStore};

/// How often a node looks whether others have changed the keys.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Keeps the keys of [`Ed25519Tokens`].
pub struct TokenKeyKeeper {
    store: Arc<dyn TokenKeyStore>,
    tokens: Arc<Ed25519Tokens>,
}

impl TokenKeyKeeper {
    /// Keeps up with what is in `store` for as long as somebody holds the keeper. Must be called inside the runtime that
    /// is to do it.
    pub(crate) fn start(store: Arc<dyn TokenKeyStore>, tokens: Arc<Ed25519Tokens>) -> Arc<Self> {
        let keeper = Arc::new(Self { store, tokens });
        tokio::spawn(keep_up(Arc::downgrade(&keeper)));
        keeper
    }

    async fn look(&self) -> Result<(), Error> {
        self.tokens.sign_with(self.store.all().await?)
    }
}

async fn keep_up(keeper: Weak<TokenKeyKeeper>) {
    loop {
        sleep(LOOK_EVERY).await;
        let Some(keeper) = keeper.upgrade() else { return };
        if let Err(error) = keeper.look().await {
            tracing::warn!(%error, "whether there are other keys for tokens cannot be told");
        }
    }
}

#[async_trait]
impl KeyKeeper for TokenKeyKeeper {
    async fn list(&self, now: Timestamp) -> Result<Vec<SigningKey>, Error> {
        self.look().await?;
        Ok(self.tokens.ring().shown(now))
    }

    async fn rotate(&self, now: Timestamp, lifetime: Duration) -> Result<SigningKey, Error> {
        let upcoming = |keys: Vec<SigningKey>| keys.into_iter().find(|key| key.state == KeyState::Upcoming);
        if let Some(upcoming) = upcoming(self.list(now).await?) {
            return Ok(upcoming);
        }
        for name in self.tokens.ring().outlived(now, lifetime) {
            self.store.remove(&name).await?;
        }
        self.store.add(TokenKey::generate(now)?).await?;
        let newest = self.list(now).await?.pop();
        newest.ok_or_else(|| Error::Internal("the new key is gone".to_owned()))
    }

    async fn retire(&self, kid: &str, now: Timestamp) -> Result<(), Error> {
        let keys = self.list(now).await?;
        let key = keys.into_iter().find(|key| key.kid == kid).ok_or(Refusal::NotFound)?;
        if key.state == KeyState::Signing {
            return Err(Refusal::KeyInUse.into());
        }
        self.store.remove(&key.name).await?;
        self.look().await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, PoisonError};

    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_micros(1_800_000_000_000_000);
    const LIFETIME: Duration = Duration::from_secs(900);

    /// Keys that all nodes share.
    #[derive(Default)]
    struct Shelf(Mutex<Vec<TokenKey>>);

    impl Shelf {
        fn with<T>(&self, work: impl FnOnce(&mut Vec<TokenKey>) -> T) -> T {
            work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
        }
    }

    #[async_trait]
    impl TokenKeyStore for Shelf {
        async fn all(&self) -> Result<Vec<TokenKey>, Error> {
            Ok(self.with(|keys| keys.clone()))
        }

        async fn add(&self, key: TokenKey) -> Result<(), Error> {
            self.with(|keys| keys.push(key));
            Ok(())
        }

        async fn remove(&self, name: &str) -> Result<(), Error> {
            self.with(|keys| keys.retain(|key| key.name != name));
            Ok(())
        }
    }

    fn first() -> TokenKey {
        TokenKey { name: "token-0001".to_owned(), seed: [1; 32] }
    }

    fn node(shelf: &Arc<Shelf>) -> Arc<TokenKeyKeeper> {
        let tokens = Ed25519Tokens::new(vec![first()], "https://chat.example".to_owned()).unwrap();
        let store: Arc<dyn TokenKeyStore> = shelf.clone();
        TokenKeyKeeper::start(store, Arc::new(tokens))
    }

    fn shelf() -> Arc<Shelf> {
        let shelf = Shelf::default();
        shelf.with(|keys| keys.push(first()));
        Arc::new(shelf)
    }

    async fn states(node: &TokenKeyKeeper, now: Timestamp) -> Vec<KeyState> {
        node.list(now).await.unwrap().into_iter().map(|key| key.state).collect()
    }

    #[tokio::test]
    async fn a_key_is_made_once_until_it_signs_and_known_to_all_nodes() {
        let shelf = shelf();
        let (here, there) = (node(&shelf), node(&shelf));
        let new = here.rotate(NOW, LIFETIME).await.unwrap();
        assert_eq!(there.rotate(NOW.after(Duration::from_secs(29)), LIFETIME).await, Ok(new.clone()));
        assert_eq!(states(&there, NOW).await, [KeyState::Signing, KeyState::Upcoming]);
        let later = NOW.after(Duration::from_secs(30));
        assert_eq!(states(&here, later).await, [KeyState::Superseded, KeyState::Signing]);
        assert_ne!(there.rotate(later, LIFETIME).await.unwrap().kid, new.kid);
    }

    #[tokio::test]
    async fn the_next_rotation_removes_the_keys_that_are_outlived() {
        let node = node(&shelf());
        for (hour, kept) in [(0, 2), (1, 2), (2, 2)] {
            let now = NOW.after(Duration::from_secs(hour * 3600));
            node.rotate(now, LIFETIME).await.unwrap();
            assert_eq!(node.list(now).await.unwrap().len(), kept, "after {hour} hours");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_node_hears_of_what_others_have_changed() {
        let shelf = shelf();
        let (here, there) = (node(&shelf), node(&shelf));
        let new = here.rotate(NOW, LIFETIME).await.unwrap();
        sleep(LOOK_EVERY + Duration::from_secs(1)).await;
        let known = there.tokens.jwks()["keys"].as_array().unwrap().len();
        assert_eq!(known, 2);
        assert_eq!(here.retire(&new.kid, NOW).await, Ok(()));
        assert_eq!(there.retire(&new.kid, NOW).await, Err(Refusal::NotFound.into()));
        let signing = there.list(NOW).await.unwrap().remove(0).kid;
        assert_eq!(there.retire(&signing, NOW).await, Err(Refusal::KeyInUse.into()));
    }
}
