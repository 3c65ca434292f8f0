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
use tracing::field::Empty;

use crate::breaker::Breaker;
use crate::trace;

/// A port that is asked only while it answers.
pub(crate) struct Guarded<P: ?Sized> {
    port: Arc<P>,
    breaker: Arc<Breaker>,
}

impl<P: ?Sized> Guarded<P> {
    pub(crate) fn new(port: Arc<P>, breaker: Arc<Breaker>) -> Self {
        Self { port, breaker }
    }

    /// Asks for what traces call so.
    async fn ask<T>(
        &self,
        name: &'static str,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let span = tracing::debug_span!(
            "dependency",
            otel.name = name,
            otel.kind = "client",
            otel.status_code = Empty,
            peer.service = self.breaker.name(),
        );
        trace::within(span, self.breaker.guard(work)).await
    }
}

#[async_trait]
impl MailTransport for Guarded<dyn MailTransport> {
    async fn deliver(&self, id: WorkId, mail: &Mail, since: Timestamp) -> Result<Delivery, Error> {
        self.ask("mail.deliver", self.port.deliver(id, mail, since)).await
    }
}

#[async_trait]
impl ObjectStore for Guarded<dyn ObjectStore> {
    async fn put(&self, key: &ObjectKey, object: Object) -> Result<(), Error> {
        self.ask("objects.put", self.port.put(key, object)).await
    }

    async fn get(&self, key: &ObjectKey) -> Result<Option<Vec<u8>>, Error> {
        self.ask("objects.get", self.port.get(key)).await
    }

    async fn delete(&self, key: &ObjectKey) -> Result<(), Error> {
        self.ask("objects.delete", self.port.delete(key)).await
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
        self.ask("provider.authorization_url", self.port.authorization_url(request)).await
    }

    async fn redeem(&self, code: AuthorizationCode) -> Result<Claims, Error> {
        self.ask("provider.redeem", self.port.redeem(code)).await
    }

    async fn log_in(&self, username: &str, password: &str) -> Result<Claims, Error> {
        self.ask("provider.log_in", self.port.log_in(username, password)).await
    }
}
