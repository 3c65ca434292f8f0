//! A running server, from its start to its end.

use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_cors::Cors;
use actix_web::dev::ServerHandle;
use actix_web::http::header;
use actix_web::middleware::{Condition, from_fn};
use actix_web::rt::net::TcpStream;
use actix_web::{App, HttpServer, web};
use chatchat_adapters::stack::OpenError;
use chatchat_adapters::trace::TRACEPARENT;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;

use crate::config::Config;
use crate::demo::DemoPerson;
use crate::http::{self, State};
use crate::outbox::OutboxWorker;
use crate::wiring::{Wired, wire};
use crate::ws::Hub;

/// How many connections may wait to be accepted.
const BACKLOG: i32 = 4096;
/// How many connections one worker holds; more wait.
const MAX_CONNECTIONS: usize = 50_000;
/// How long a client may take for the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How much the kernel holds for a client that reads slowly. What is more stays here, where it is counted.
const SEND_BUFFER: usize = 256 * 1024;
/// How long running requests get to finish, after all sockets are gone.
const GRACE_SECONDS: u64 = 8;
/// How long a browser may remember what another origin is allowed.
const CORS_MAX_AGE_SECONDS: usize = 3600;

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("server.listen: cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The data cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The demo's people cannot be made.
    #[error("the demo: {0}")]
    Demo(String),
    /// The operating system does not play along.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A server that is bound and wired, but does not answer yet.
pub(crate) struct Prepared {
    config: Config,
    listener: TcpListener,
    address: SocketAddr,
    wired: Wired,
}

impl Prepared {
    /// Listens, and opens everything. Anybody beside the server may be one of `demo_people`.
    pub(crate) async fn new(config: Config, demo_people: &'static [DemoPerson]) -> Result<Self, StartError> {
        let address = config.server.listen;
        let listener = listen(address).map_err(|source| StartError::Listen { address, source })?;
        let address = listener.local_addr()?;
        let public_url = config.server.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
        let wired = wire(&config, public_url, demo_people).await?;
        Ok(Self { config, listener, address, wired })
    }

    pub(crate) fn state(&self) -> &State {
        &self.wired.state
    }

    /// Answers from now on, and says so on stdout.
    pub(crate) fn serve(self) -> Result<Server, StartError> {
        let Self { config, listener, address, wired: Wired { state, hub, outbox } } = self;
        let running = http_server(&config, listener, Arc::clone(&state), Arc::clone(&hub))?;
        let handle = running.handle();
        let running = tokio::spawn(running);
        let mut stdout = io::stdout();
        let _nobody_reads =
            writeln!(stdout, "chatchat is listening on http://{address}").and_then(|()| stdout.flush());
        Ok(Server { address, handle, running, state, hub, outbox })
    }
}

/// A running server.
pub struct Server {
    address: SocketAddr,
    handle: ServerHandle,
    running: JoinHandle<io::Result<()>>,
    state: Arc<State>,
    hub: Arc<Hub>,
    outbox: OutboxWorker,
}

impl Server {
    /// Starts a server in the runtime at hand, and says where it listens on stdout.
    ///
    /// # Errors
    /// What is in the way.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        Prepared::new(config, &[]).await?.serve()
    }

    /// The address it listens on.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until SIGTERM or SIGINT, then ends in an orderly way; a second signal ends the process at once.
    ///
    /// # Errors
    /// [`StartError::Io`] when the server has ended by itself.
    pub async fn run_until_signal(mut self) -> Result<(), StartError> {
        let mut signals = Signals::new()?;
        tokio::select! {
            () = signals.next() => {}
            ended = &mut self.running => {
                ended.map_err(io::Error::other)??;
                return Err(io::Error::other("the server has ended by itself").into());
            }
        }
        tracing::info!("going away");
        tokio::select! {
            () = self.stop() => tracing::info!("gone"),
            () = signals.next() => {
                tracing::warn!("going away at once");
                std::process::exit(1);
            }
        }
        Ok(())
    }

    /// Ends in an orderly way: not ready any more, sockets told and closed, running requests finished.
    pub async fn stop(self) {
        self.state.draining.store(true, Ordering::Relaxed);
        self.hub.drain().await;
        self.handle.stop(true).await;
        self.outbox.stop().await;
    }
}

/// A listener that can take over the port of a process that has just ended.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn http_server(
    config: &Config,
    listener: TcpListener,
    state: Arc<State>,
    hub: Arc<Hub>,
) -> io::Result<actix_web::dev::Server> {
    let (state, hub) = (web::Data::from(state), web::Data::from(hub));
    let origins = config.server.allowed_origins.clone();
    let app = move || {
        App::new()
            .app_data(state.clone())
            .app_data(hub.clone())
            .wrap(Condition::new(!origins.is_empty(), cors(&origins)))
            .wrap(from_fn(http::observe))
            .configure(http::routes)
    };
    let server = HttpServer::new(app)
        .workers(std::thread::available_parallelism().map_or(1, NonZeroUsize::get))
        .max_connections(MAX_CONNECTIONS)
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(HEAD_TIMEOUT)
        .shutdown_timeout(GRACE_SECONDS)
        .tcp_nodelay(true)
        .on_connect(|connection, _| {
            if let Some(stream) = connection.downcast_ref::<TcpStream>()
                && let Err(error) = SockRef::from(stream).set_send_buffer_size(SEND_BUFFER)
            {
                tracing::debug!(%error, "the send buffer keeps its size");
            }
        })
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}

/// Pages of these origins may call, with a token that they hold themselves, or with what browsers keep for this server.
fn cors(origins: &[String]) -> Cors {
    let exposed =
        ["x-request-id", TRACEPARENT, "retry-after", "ratelimit", "ratelimit-policy", "content-disposition"];
    let cors = Cors::default()
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
        .allowed_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::CONTENT_DISPOSITION])
        .allowed_header("x-request-id")
        .allowed_header(TRACEPARENT)
        .expose_headers(exposed)
        .supports_credentials()
        .max_age(CORS_MAX_AGE_SECONDS);
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}

/// The signals that end a process.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
