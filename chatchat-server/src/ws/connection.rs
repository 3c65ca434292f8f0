//! One socket: its handle, which the hub and others hold, and its task, which alone reads and writes it.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use actix_ws::{AggregatedMessage, AggregatedMessageStream, Message, ProtocolError, Session};
use chatchat_domain::session::Caller;
use chatchat_domain::trail::{MessagePlace, Sighting};
use chatchat_domain::{ConversationId, Error, SessionId, Timestamp, UserId};
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::task::AtomicWaker;
use futures_util::{Sink as _, SinkExt as _, StreamExt as _};

use super::hub::Hub;
use super::operations;
use super::outbox::{Delivery, NewMessage, Outbox, Taken};
use super::protocol::{self, Close, Op, Place, Request};
use super::trail::{self, Deliveries};

/// How long a socket may take to say who it is.
pub(crate) const HELLO_WITHIN: Duration = Duration::from_secs(5);
/// How long a socket that has said so in its request may take to greet, before it hears what happens anyway.
const GREETING_WITHIN: Duration = Duration::from_millis(250);
/// How many operations of one socket run at once; more wait in the network.
pub(crate) const MAX_IN_FLIGHT: usize = 64;
/// How many operations a socket may be refused one after the other before it is closed.
const REFUSALS: u32 = 500;
/// How long what waits, and the closing itself, may take.
const CLOSE_WITHIN: Duration = Duration::from_secs(20);

/// A socket's handle.
pub(super) struct Connection {
    pub(super) id: u64,
    pub(super) user: UserId,
    pub(super) session: SessionId,
    address: IpAddr,
    issued_at: Timestamp,
    outbox: Mutex<Outbox>,
    /// The newest messages that its task has written.
    written: Mutex<Deliveries>,
    waker: AtomicWaker,
    /// When the access token ends, in microseconds; moved by `auth`.
    expires_at: AtomicI64,
    /// When something was last heard, in milliseconds since the hub began.
    heard_at: AtomicU64,
    warned: AtomicBool,
    /// When it was last pinged, like `heard_at`.
    pinged_at: AtomicU64,
    gone: AtomicBool,
    /// How many operations, one after the other, were too much.
    refused: AtomicU32,
}

impl Connection {
    pub(super) fn new(id: u64, caller: Caller, address: IpAddr) -> Self {
        Self {
            id,
            user: caller.user,
            session: caller.session,
            address,
            issued_at: caller.issued_at,
            outbox: Mutex::default(),
            written: Mutex::default(),
            waker: AtomicWaker::new(),
            expires_at: AtomicI64::new(caller.expires_at.unix_micros()),
            heard_at: AtomicU64::new(0),
            warned: AtomicBool::new(false),
            pinged_at: AtomicU64::new(0),
            gone: AtomicBool::new(false),
            refused: AtomicU32::new(0),
        }
    }

    /// Does something with what waits, and wakes the socket's task.
    pub(super) fn with_outbox<T>(&self, change: impl FnOnce(&mut Outbox) -> T) -> T {
        let result = change(&mut self.outbox());
        self.waker.wake();
        result
    }

    pub(super) fn deliver(&self, delivery: Delivery) {
        self.with_outbox(|outbox| outbox.deliver(delivery));
    }

    pub(super) fn close(&self, close: Close) {
        self.with_outbox(|outbox| outbox.close(close));
    }

    /// Follows the conversation no more from this change on; false if the person has come back since.
    pub(super) fn leaves(&self, change: &Delivery) -> bool {
        let Place::Conversation(conversation, rev) = change.place else { return false };
        let mut outbox = self.outbox();
        let leaves = outbox.known(conversation).is_none_or(|known| known < rev);
        if leaves {
            outbox.unfollow(conversation);
        }
        leaves
    }

    /// The network address that the socket comes from.
    pub(super) const fn address(&self) -> IpAddr {
        self.address
    }

    /// One more operation was too much. Who goes on regardless is sent away.
    pub(super) fn is_refused(&self) {
        if self.refused.fetch_add(1, Ordering::Relaxed) >= REFUSALS {
            self.close(Close::RateLimited);
        }
    }

    /// An operation was not too much.
    pub(super) fn is_let_through(&self) {
        self.refused.store(0, Ordering::Relaxed);
    }

    /// Who calls through this socket.
    pub(super) fn caller(&self) -> Caller {
        let expires_at = self.expires_at();
        Caller { user: self.user, session: self.session, issued_at: self.issued_at, expires_at }
    }

    pub(super) fn expires_at(&self) -> Timestamp {
        Timestamp::from_unix_micros(self.expires_at.load(Ordering::Relaxed))
    }

    /// The client has renewed its token.
    pub(super) fn renew(&self, expires_at: Timestamp) {
        self.expires_at.store(expires_at.unix_micros(), Ordering::Relaxed);
        self.warned.store(false, Ordering::Relaxed);
    }

    /// True the first time, until the token is renewed.
    pub(super) fn warn(&self) -> bool {
        !self.warned.swap(true, Ordering::Relaxed)
    }

    pub(super) fn heard_at(&self) -> u64 {
        self.heard_at.load(Ordering::Relaxed)
    }

    /// True if it was not pinged for `every`; it is now.
    pub(super) fn ping(&self, uptime_ms: u64, every: Duration) -> bool {
        let since = Duration::from_millis(uptime_ms.saturating_sub(self.pinged_at.load(Ordering::Relaxed)));
        let due = since >= every;
        if due {
            self.pinged_at.store(uptime_ms, Ordering::Relaxed);
        }
        due
    }

    /// Its task takes nothing more.
    pub(super) fn go(&self) {
        self.gone.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }

    /// True once when a personal event has waited too long for an earlier one; from then on its events are put
    /// aside until it is greeted.
    pub(super) fn has_waited_in_vain(&self, now: Instant) -> bool {
        let mut outbox = self.outbox();
        let in_vain = outbox.has_waited_in_vain(now);
        if in_vain {
            outbox.begin_greeting();
        }
        in_vain
    }

    /// Whether the socket follows the conversation.
    pub(super) fn knows(&self, conversation: ConversationId) -> bool {
        self.outbox().known(conversation).is_some()
    }

    /// What was written to it of these messages.
    pub(super) fn recall(&self, messages: &[MessagePlace]) -> Vec<Sighting> {
        trail::delivered(&self.written(), messages, self.user, self.session).collect()
    }

    /// The newest messages that were written to it; it forgets them.
    pub(super) fn take_written(&self) -> Deliveries {
        std::mem::take(&mut *self.written())
    }

    fn written(&self) -> MutexGuard<'_, Deliveries> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn outbox(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a socket's task holds.
struct Socket {
    hub: Arc<Hub>,
    session: Session,
    incoming: AggregatedMessageStream,
    address: IpAddr,
}

/// Runs a socket to its end. `caller` is known if the request has said who it is.
pub(super) async fn run(
    hub: Arc<Hub>,
    session: Session,
    incoming: AggregatedMessageStream,
    caller: Option<Caller>,
    address: IpAddr,
) {
    let mut socket = Socket { hub, session, incoming, address };
    let opened = match caller {
        Some(caller) => socket.open(caller).await,
        None => socket.authenticate().await,
    };
    match opened {
        Ok((connection, first)) => socket.serve(connection, first).await,
        Err(close) => socket.close(None, close).await,
    }
}

/// A socket that has said who it is, and its first request, which is still to be run.
type Opened = (Arc<Connection>, Option<Request>);

impl Socket {
    /// Waits for a `hello` that says who it is.
    async fn authenticate(&mut self) -> Result<Opened, Close> {
        let first = tokio::time::timeout(HELLO_WITHIN, self.request()).await;
        let request = first.map_err(|_| Close::NotAuthenticated)??;
        match operations::authenticate(&self.hub, &request).await {
            Ok(caller) => Ok((self.register(caller).await?, Some(request))),
            Err(problem) => {
                if let Some(id) = &request.id {
                    let _ = self.session.text(protocol::reply(id, 0, &Err(problem))).await;
                }
                Err(Close::NotAuthenticated)
            }
        }
    }

    /// Lets a socket in that its request has said enough about: its `hello` is welcome, not needed.
    async fn open(&mut self, caller: Caller) -> Result<Opened, Close> {
        let first = match tokio::time::timeout(GREETING_WITHIN, self.request()).await {
            Ok(first) => Some(first?),
            Err(_) => None,
        };
        let connection = self.register(caller).await?;
        if first.as_ref().is_none_or(|request| request.op != Op::Hello)
            && operations::greet(&self.hub, &connection, |_| None).await.is_err()
        {
            self.hub.unregister(&connection);
            return Err(Close::ShuttingDown);
        }
        Ok((connection, first))
    }

    /// Lets the hub know the socket. Only then it is sure to hear of its session's end: one that has ended since
    /// the token was looked at is noticed here.
    async fn register(&self, caller: Caller) -> Result<Arc<Connection>, Close> {
        let connection = Arc::new(Connection::new(self.hub.next_connection_id(), caller, self.address));
        connection.heard_at.store(self.hub.uptime_ms(), Ordering::Relaxed);
        connection.outbox().begin_greeting();
        self.hub.register(&connection)?;
        self.hub.ready_for_person(caller.user).await;
        match self.hub.app().sessions().confirm(caller).await {
            Err(Error::Refused(_)) => {
                self.hub.unregister(&connection);
                Err(Close::SessionEnded)
            }
            // A store that does not answer has ended no session.
            _ => Ok(connection),
        }
    }

    /// The first request.
    async fn request(&mut self) -> Result<Request, Close> {
        loop {
            match self.incoming.next().await {
                Some(Ok(AggregatedMessage::Text(frame))) => {
                    return Request::parse(&frame).ok_or(Close::ProtocolError);
                }
                Some(Ok(AggregatedMessage::Ping(bytes))) => {
                    let _ = self.session.pong(&bytes).await;
                }
                Some(Ok(AggregatedMessage::Pong(_))) => {}
                Some(Ok(AggregatedMessage::Binary(_) | AggregatedMessage::Close(_))) | None => {
                    return Err(Close::ProtocolError);
                }
                Some(Err(error)) => return Err(close_for(&error)),
            }
        }
    }

    /// Reads, runs and writes until either side has had enough.
    async fn serve(&mut self, connection: Arc<Connection>, first: Option<Request>) {
        let mut running =
            Running { connection: Arc::clone(&connection), tasks: FuturesUnordered::new(), bulky: 0 };
        running.arrive(&self.hub);
        if let Some(request) = first {
            running.start(&self.hub, request);
        }
        let close = self.exchange(&connection, &mut running).await;
        self.hub.unregister(&connection);
        // What has begun is carried through: a message that is stored must be told.
        let carry_through = async { while running.tasks.next().await.is_some() {} };
        let say_goodbye = async {
            if let Some(close) = close {
                self.close(Some(&connection), close).await;
            }
        };
        let _ = tokio::join!(tokio::time::timeout(CLOSE_WITHIN, carry_through), say_goodbye);
        let _ = self.hub.app().friends().left(connection.user).await;
    }

    /// The reason to close, or nothing if the other side has gone.
    async fn exchange(&mut self, connection: &Arc<Connection>, running: &mut Running) -> Option<Close> {
        loop {
            let (hub, session, incoming) = (&*self.hub, &mut self.session, &mut self.incoming);
            let crowded = connection.outbox().is_crowded();
            let reads = running.has_room() && !crowded;
            tokio::select! {
                biased;
                written = std::future::poll_fn(|cx| poll_write(hub, connection, session, crowded, cx)) => match written {
                    Written::All => {}
                    Written::Gone => return None,
                    Written::Closing(close) => return Some(close),
                },
                Some(op) = running.tasks.next(), if !running.tasks.is_empty() => running.done(op),
                frame = incoming.next(), if reads => {
                    connection.heard_at.store(self.hub.uptime_ms(), Ordering::Relaxed);
                    match frame? {
                        Ok(AggregatedMessage::Text(frame)) => match Request::parse(&frame) {
                            Some(request) => running.start(&self.hub, request),
                            None => return Some(Close::ProtocolError),
                        },
                        Ok(AggregatedMessage::Ping(bytes)) => {
                            connection.with_outbox(|outbox| outbox.control(Message::Pong(bytes)));
                        }
                        Ok(AggregatedMessage::Pong(_)) => {}
                        Ok(AggregatedMessage::Binary(_)) => return Some(Close::ProtocolError),
                        Ok(AggregatedMessage::Close(_)) => return None,
                        Err(error) => return Some(close_for(&error)),
                    }
                }
            }
        }
    }

    /// Writes what still waits, then closes.
    async fn close(&self, connection: Option<&Connection>, close: Close) {
        self.hub.counts().closed(close);
        let mut session = self.session.clone();
        let closing = async {
            while let Some(taken) = connection.and_then(|one| one.with_outbox(Outbox::take)) {
                session.send(taken.message).await?;
            }
            session.close(Some(close.into())).await
        };
        let _ = tokio::time::timeout(CLOSE_WITHIN, closing).await;
    }
}

/// How far writing has come.
enum Written {
    /// Nothing waits any more.
    All,
    /// The other side is gone.
    Gone,
    /// The socket is to be closed.
    Closing(Close),
}

/// Writes what waits, for as long as the network takes it. Tells that all is written only to who wants to know.
fn poll_write(
    hub: &Hub,
    connection: &Connection,
    session: &mut Session,
    tell: bool,
    cx: &mut Context<'_>,
) -> Poll<Written> {
    connection.waker.register(cx.waker());
    let mut delivered = Delivered { hub, connection, messages: 0, first: None };
    let mut session = Pin::new(session);
    loop {
        match session.as_mut().poll_ready(cx) {
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(_)) => return Poll::Ready(Written::Gone),
            Poll::Pending => {
                let too_slow = connection.outbox().closing().filter(|close| *close == Close::TooSlow);
                return too_slow.map_or(Poll::Pending, |close| Poll::Ready(Written::Closing(close)));
            }
        }
        let (next, closing) = {
            let mut outbox = connection.outbox();
            hub.counts().resyncs.inc_by(outbox.take_resyncs());
            (outbox.take(), outbox.closing())
        };
        match (next, closing) {
            (Some(Taken { message, new }), _) => {
                if session.as_mut().start_send(message).is_err() {
                    return Poll::Ready(Written::Gone);
                }
                delivered.note(new);
            }
            (None, Some(close)) => return Poll::Ready(Written::Closing(close)),
            (None, None) if tell => return Poll::Ready(Written::All),
            (None, None) => return Poll::Pending,
        }
    }
}

/// The messages that are written in one go.
struct Delivered<'a> {
    hub: &'a Hub,
    connection: &'a Connection,
    messages: u64,
    /// When the first of them was committed, and when it was written.
    first: Option<(Timestamp, Timestamp)>,
}

impl Delivered<'_> {
    fn note(&mut self, new: Option<NewMessage>) {
        if let Some(NewMessage { message, told_at }) = new {
            self.messages += 1;
            let (_, now) = *self.first.get_or_insert_with(|| (told_at, self.hub.app().now()));
            self.connection.written().push((message, now));
        }
    }
}

impl Drop for Delivered<'_> {
    fn drop(&mut self) {
        if let Some((committed_at, written_at)) = self.first {
            self.hub.counts().delivered(self.messages, written_at.since(committed_at));
        }
    }
}

/// The operations that run for a socket now.
struct Running {
    connection: Arc<Connection>,
    tasks: FuturesUnordered<LocalBoxFuture<'static, Op>>,
    bulky: usize,
}

impl Running {
    /// Whether another operation may be started.
    fn has_room(&self) -> bool {
        self.tasks.len() < MAX_IN_FLIGHT && self.bulky == 0
    }

    /// Tells that the person has come.
    fn arrive(&mut self, hub: &Arc<Hub>) {
        let (hub, user) = (Arc::clone(hub), self.connection.user);
        self.tasks.push(Box::pin(async move {
            let _ = hub.app().friends().arrived(user).await;
            Op::Ping
        }));
    }

    fn start(&mut self, hub: &Arc<Hub>, request: Request) {
        let (hub, connection) = (Arc::clone(hub), Arc::clone(&self.connection));
        self.bulky += usize::from(request.op.is_bulky());
        self.tasks.push(Box::pin(async move {
            operations::run(&hub, &connection, &request).await;
            request.op
        }));
    }

    fn done(&mut self, op: Op) {
        self.bulky -= usize::from(op.is_bulky());
    }
}

fn close_for(error: &ProtocolError) -> Close {
    match error {
        ProtocolError::Overflow => Close::FrameTooBig,
        ProtocolError::Io(error) if error.kind() == std::io::ErrorKind::Other => Close::FrameTooBig,
        _ => Close::ProtocolError,
    }
}
