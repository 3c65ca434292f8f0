//! Ports behind a breaker: what others run somewhere else may be away, or hang.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chatchat_domain::identity::{
    AuthorizationCode, AuthorizationRequest, Claims, IdentityProvider, ProviderInfo,
};
use chatchat_domain::outbox::{Delivery, MailTransport};
use chatchat_domain::ports::{Mail, Object, ObjectKey, ObjectStore};
use chatchat_domain::{Error, Timestamp, WorkId};

use crate::breaker::Breaker;

/// A port that is asked only while it answers.
pub(crate) struct Guarded<P: ?Sized> {
    port: Arc<P>,
    breaker: Arc<Breaker>,
}

impl<P: ?Sized> Guarded<P> {
    pub(crate) fn new(port: Arc<P>, breaker: Arc<Breaker>) -> Self {
        Self { port, breaker }
    }
}

#[async_trait]
impl MailTransport for Guarded<dyn MailTransport> {
    async fn deliver(&self, id: WorkId, mail: &Mail, since: Timestamp) -> Result<Delivery, Error> {
        self.breaker.guard(self.port.deliver(id, mail, since)).await
    }
}

#[async_trait]
impl ObjectStore for Guarded<dyn ObjectStore> {
    async fn put(&self, key: &ObjectKey, object: Object) -> Result<(), Error> {
        self.breaker.guard(self.port.put(key, object)).await
    }

    async fn get(&self, key: &ObjectKey) -> Result<Option<Vec<u8>>, Error> {
        self.breaker.guard(self.port.get(key)).await
    }

    async fn delete(&self, key: &ObjectKey) -> Result<(), Error> {
        self.breaker.guard(self.port.delete(key)).await
    }

    /// Asks nobody, and so cannot fail for somebody being away.
    async fn signed_url(&self, key: &ObjectKey, lifetime: Duration) -> Result<Option<String>, Error> {
        self.port.signed_url(key, lifetime).await
    }
}

#[async_trait]
impl IdentityProvider for Guarded<dyn IdentityProvider> {
    fn info(&self) -> &ProviderInfo {
        self.port.info()
    }

    async fn authorization_url(&self, request: &AuthorizationRequest) -> Result<String, Error> {
        self.breaker.guard(self.port.authorization_url(request)).await
    }

    async fn redeem(&self, code: AuthorizationCode) -> Result<Claims, Error> {
        self.breaker.guard(self.port.redeem(code)).await
    }

    async fn log_in(&self, username: &str, password: &str) -> Result<Claims, Error> {
        self.breaker.guard(self.port.log_in(username, password)).await
    }
}
