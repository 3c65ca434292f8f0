//! Connections to the server, used again while they are fresh.
//!
//! lettre's own pool bounds neither how long the server takes for an answer nor what becomes of a connection that is
//! left in the midst of a mail. Here such a connection is closed: only one that is finished with is used again.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp;
use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use tokio::time::{Instant, timeout};

use super::server::{Server, Tls};
use super::{SmtpError, one_line};

/// How long it may take until there is a connection, and how long the server may take to say that it is still there,
/// and to take a mail. Together less than the outbox waits before it has a mail sent again.
const ADMITTED_WITHIN: Duration = Duration::from_secs(10);
const GREETED_WITHIN: Duration = Duration::from_secs(2);
const TAKEN_WITHIN: Duration = Duration::from_secs(10);
/// How many idle connections are kept, and how long.
const IDLE: usize = 8;
const KEPT_FOR: Duration = Duration::from_secs(60);

/// Why a mail was not taken.
pub(super) enum NotTaken {
    /// Nobody was there to take it.
    Away(SmtpError),
    /// The server has said so, or the talk has broken off.
    Refused(smtp::Error),
    /// It takes too long.
    Late,
}

pub(super) struct Connections {
    server: Server,
    hello: ClientId,
    idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

impl Connections {
    pub(super) fn to(server: Server) -> Self {
        Self { server, hello: ClientId::default(), idle: Mutex::default() }
    }

    /// Sees that there is a connection.
    pub(super) async fn check(&self) -> Result<(), SmtpError> {
        let connection = self.connection().await?;
        self.keep(connection);
        Ok(())
    }

    /// Hands over a mail.
    pub(super) async fn send(&self, envelope: &Envelope, message: &[u8]) -> Result<(), NotTaken> {
        let mut connection = self.connection().await.map_err(NotTaken::Away)?;
        let sent = timeout(TAKEN_WITHIN, connection.send(envelope, message)).await;
        sent.map_err(|_| NotTaken::Late)?.map_err(NotTaken::Refused)?;
        self.keep(connection);
        Ok(())
    }

    /// A connection on which nothing is under way.
    async fn connection(&self) -> Result<AsyncSmtpConnection, SmtpError> {
        match timeout(ADMITTED_WITHIN, self.idle_or_new()).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) if error.is_permanent() || error.is_client() => {
                Err(SmtpError::Refused(one_line(&error)))
            }
            Ok(Err(error)) => Err(SmtpError::Unreachable(one_line(&error))),
            Err(_) => Err(SmtpError::Unreachable("it does not answer".to_owned())),
        }
    }

    async fn idle_or_new(&self) -> Result<AsyncSmtpConnection, smtp::Error> {
        while let Some((mut connection, since)) = self.take() {
            let is_fresh = since.elapsed() < KEPT_FOR;
            if is_fresh && timeout(GREETED_WITHIN, connection.test_connected()).await == Ok(true) {
                return Ok(connection);
            }
        }
        self.connect().await
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, smtp::Error> {
        let Server { host, port, tls, credentials } = &self.server;
        let address = (host.as_str(), *port);
        let wrapped = if let Tls::Wrapped(parameters) = tls { Some(parameters.clone()) } else { None };
        let connecting = AsyncSmtpConnection::connect_tokio1(address, None, &self.hello, wrapped, None);
        let mut connection = connecting.await?;
        match tls {
            Tls::Required(parameters) => connection.starttls(parameters.clone(), &self.hello).await?,
            Tls::Opportunistic(parameters) if connection.can_starttls() => {
                connection.starttls(parameters.clone(), &self.hello).await?;
            }
            Tls::Never | Tls::Opportunistic(_) | Tls::Wrapped(_) => {}
        }
        if let Some(credentials) = credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }

    fn take(&self) -> Option<(AsyncSmtpConnection, Instant)> {
        self.idle().pop()
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle();
        if idle.len() < IDLE {
            idle.push((connection, Instant::now()));
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(AsyncSmtpConnection, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
