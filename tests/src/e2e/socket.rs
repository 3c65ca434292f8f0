//! Sockets, as a client has them.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::client::Person;
use super::server::Server;

/// How long something may take that should happen at once.
pub(crate) const SOON: Duration = Duration::from_secs(5);

/// A connected socket.
pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Events that came while something else was waited for.
    events: VecDeque<Value>,
    next_id: u32,
}

/// The request that opens a socket, still without a token.
pub(crate) fn handshake(server: &Server) -> Request {
    let mut request = format!("ws://{}/api/v1/ws", server.address()).into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "chatchat.v1.json".parse().unwrap());
    request
}

impl Socket {
    /// Opens a socket with whatever the request says.
    pub(crate) async fn open(request: Request) -> Result<Self, tungstenite::Error> {
        let (stream, _) = tokio_tungstenite::connect_async(request).await?;
        Ok(Self { stream, events: VecDeque::new(), next_id: 0 })
    }

    pub(crate) async fn send_raw(&mut self, message: Message) {
        self.stream.send(message).await.unwrap();
    }

    pub(crate) async fn send_text(&mut self, frame: &str) {
        self.send_raw(Message::text(frame)).await;
    }

    /// Runs an operation; gives its reply, whole.
    pub(crate) async fn op(&mut self, op: &str, data: Value) -> Value {
        let id = self.start(op, data).await;
        self.reply(&id).await
    }

    /// Starts an operation; gives its id.
    pub(crate) async fn start(&mut self, op: &str, data: Value) -> String {
        self.next_id += 1;
        let id = self.next_id.to_string();
        self.send_text(&json!({ "op": op, "id": id, "data": data }).to_string()).await;
        id
    }

    /// Waits for the reply to an operation; events that come before it are kept.
    pub(crate) async fn reply(&mut self, id: &str) -> Value {
        loop {
            let frame = self.frame().await;
            if frame["op"] == "reply" && frame["id"] == id {
                return frame;
            }
            self.events.push_back(frame);
        }
    }

    /// Runs an operation that must succeed; gives its data.
    pub(crate) async fn done(&mut self, op: &str, data: Value) -> Value {
        let reply = self.op(op, data).await;
        assert_eq!(reply["ok"], true, "{op}: {reply}");
        reply["data"].clone()
    }

    /// Runs an operation that must be refused with this problem.
    pub(crate) async fn refused(&mut self, op: &str, data: Value, status: u16, code: &str) -> Value {
        let reply = self.op(op, data).await;
        assert_eq!(reply["ok"], false, "{op}: {reply}");
        let problem = reply["problem"].clone();
        assert_eq!((&problem["status"], &problem["code"]), (&json!(status), &json!(code)), "{op}: {reply}");
        problem
    }

    pub(crate) async fn hello(&mut self) -> Value {
        self.done("hello", json!({})).await
    }

    pub(crate) async fn sends(&mut self, conversation: &str, client_id: &str, text: &str) -> Value {
        self.op("send", text_message(conversation, client_id, text)).await
    }

    /// The next event of this name, whole; those before it that have other names are dropped.
    pub(crate) async fn event(&mut self, name: &str) -> Value {
        loop {
            let event = self.any_event().await;
            if event["event"] == name {
                return event;
            }
        }
    }

    /// The next event, whole.
    pub(crate) async fn any_event(&mut self) -> Value {
        match self.events.pop_front() {
            Some(event) => event,
            None => self.frame().await,
        }
    }

    /// All events that have come: a `ping` and its reply mark the end.
    pub(crate) async fn events_so_far(&mut self) -> Vec<Value> {
        self.done("ping", json!({})).await;
        self.events.drain(..).collect()
    }

    /// Waits for the server to close; gives the code.
    pub(crate) async fn closed(&mut self) -> u16 {
        self.closed_within(SOON).await
    }

    pub(crate) async fn closed_within(&mut self, at_most: Duration) -> u16 {
        let close = async {
            loop {
                match self.stream.next().await {
                    Some(Ok(Message::Close(Some(frame)))) => return u16::from(frame.code),
                    Some(Ok(Message::Text(text))) => {
                        self.events.push_back(serde_json::from_str(&text).unwrap())
                    }
                    Some(Ok(_)) => {}
                    other => panic!("the socket ended without a close frame: {other:?}"),
                }
            }
        };
        timeout(at_most, close).await.expect("the server closes the socket")
    }

    /// The next text frame, whatever it is.
    pub(crate) async fn frame(&mut self) -> Value {
        let frame = async {
            loop {
                match self.stream.next().await {
                    Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    other => panic!("no frame but {other:?}"),
                }
            }
        };
        timeout(SOON, frame).await.expect("a frame comes soon")
    }

    /// Whatever comes next of the raw stream.
    pub(crate) async fn raw(&mut self) -> Option<Result<Message, tungstenite::Error>> {
        timeout(SOON, self.stream.next()).await.expect("something comes soon")
    }

    pub(crate) async fn close(mut self) {
        self.stream.close(None).await.unwrap();
        while let Some(Ok(_)) = self.stream.next().await {}
    }
}

/// The data of a `send`.
pub(crate) fn text_message(conversation: &str, client_id: &str, text: &str) -> Value {
    json!({ "conversation_id": conversation, "client_id": client_id, "content": { "type": "text", "text": text } })
}

impl Person {
    /// Opens a socket, and says `hello`.
    pub(crate) async fn connects(&self) -> Socket {
        let mut socket = self.opens().await;
        socket.hello().await;
        socket
    }

    /// Opens a socket that has said who it is in its request.
    pub(crate) async fn opens(&self) -> Socket {
        let mut request = handshake(self.server);
        let token = format!("Bearer {}", self.access_token);
        request.headers_mut().insert("authorization", token.parse().unwrap());
        Socket::open(request).await.unwrap()
    }
}
