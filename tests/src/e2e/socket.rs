//! A WebSocket, frame by frame.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::documents::describe_frame;
use super::http::assert_problem;

/// How long something that must come may take before the test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// How long to listen for something that must not come.
const SILENCE: Duration = Duration::from_millis(150);

/// A connection, and what has come through it and was not asked for yet.
pub(crate) struct Socket {
    stream: WebSocketStream<TcpStream>,
    waiting: VecDeque<Value>,
    operations: Vec<String>,
    /// The reply to `hello`.
    pub(crate) greeting: Value,
}

/// What comes next.
#[derive(Debug, PartialEq)]
pub(crate) enum Frame {
    Object(Value),
    /// The close code; none if the connection just ended.
    Closed(Option<u16>),
}

impl Socket {
    /// Connects, with a token in the request if there is one; says nothing yet.
    pub(crate) async fn open(address: &str, token: Option<&str>) -> Self {
        Self::open_on(TcpStream::connect(address).await.unwrap(), address, token).await
    }

    /// Connects on this connection.
    pub(crate) async fn open_on(tcp: TcpStream, address: &str, token: Option<&str>) -> Self {
        Self::try_open_on(tcp, address, token).await.unwrap()
    }

    pub(crate) async fn try_open_on(
        tcp: TcpStream,
        address: &str,
        token: Option<&str>,
    ) -> Result<Self, Error> {
        let mut request = format!("ws://{address}/api/v1/ws").into_client_request()?;
        let headers = request.headers_mut();
        headers.insert("sec-websocket-protocol", "chatchat.v1.json".parse().unwrap());
        if let Some(token) = token {
            headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
        }
        let (stream, response) = tokio_tungstenite::client_async(request, tcp).await?;
        assert_eq!(response.headers()["sec-websocket-protocol"], "chatchat.v1.json");
        Ok(Self { stream, waiting: VecDeque::new(), operations: Vec::new(), greeting: Value::Null })
    }

    /// Sends a frame as it is.
    pub(crate) async fn raw(&mut self, message: Message) {
        self.stream.send(message).await.unwrap();
    }

    pub(crate) async fn try_raw(&mut self, message: Message) -> Result<(), Error> {
        self.stream.send(message).await
    }

    /// Starts an operation; gives the id that its reply will have.
    pub(crate) async fn start(&mut self, op: &str, data: Value) -> String {
        self.operations.push(op.to_owned());
        let id = format!("op-{}", self.operations.len());
        self.raw(Message::text(json!({ "op": op, "id": id, "data": data }).to_string())).await;
        id
    }

    /// The operation that a reply is about, if it was started here.
    fn op_of(&self, frame: &Value) -> Option<&str> {
        let number: usize = frame["id"].as_str()?.strip_prefix("op-")?.parse().ok()?;
        self.operations.get(number - 1).map(String::as_str)
    }

    /// Runs an operation and gives its reply.
    pub(crate) async fn op(&mut self, op: &str, data: Value) -> Value {
        let id = self.start(op, data).await;
        self.reply(&id).await
    }

    /// The reply with this id.
    pub(crate) async fn reply(&mut self, id: &str) -> Value {
        let reply = self.find(|frame| frame["op"] == "reply" && frame["id"] == id).await;
        if reply["ok"] == false {
            assert_problem(&reply["problem"]);
        }
        reply
    }

    /// Runs an operation that must succeed; gives what its reply holds.
    pub(crate) async fn ok(&mut self, op: &str, data: Value) -> Value {
        let reply = self.op(op, data).await;
        assert_eq!(reply["ok"], true, "{reply}");
        reply["data"].clone()
    }

    /// Runs an operation that must be refused with this code.
    pub(crate) async fn refused(&mut self, op: &str, data: Value, status: u16, code: &str) -> Value {
        let reply = self.op(op, data).await;
        let problem = &reply["problem"];
        assert_eq!((reply["ok"].as_bool(), problem["code"].as_str()), (Some(false), Some(code)), "{reply}");
        assert_eq!(problem["status"], status, "{reply}");
        problem.clone()
    }

    /// Sends a text; gives the message that is stored.
    pub(crate) async fn sends(&mut self, conversation: &str, words: &str) -> Value {
        let client_id = super::person::client_id();
        let content = super::person::text(words);
        let data = json!({ "conversation_id": conversation, "client_id": client_id, "content": content });
        self.ok("send", data).await
    }

    /// The next event with this name; others wait.
    pub(crate) async fn next_event(&mut self, name: &str) -> Value {
        self.find(|frame| frame["op"] == "event" && frame["event"] == name).await
    }

    /// The next event of this conversation's stream; others wait.
    pub(crate) async fn next_change(&mut self, conversation: &str) -> Value {
        self.find(|frame| frame["conversation_id"] == conversation && frame["rev"].is_u64()).await
    }

    /// The next frame that fits, within [`PATIENCE`].
    pub(crate) async fn find(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.waiting.iter().position(&fits) {
            return self.waiting.remove(at).unwrap();
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.receive(deadline).await {
                Some(Frame::Object(frame)) if fits(&frame) => return frame,
                Some(Frame::Object(frame)) => self.waiting.push_back(frame),
                Some(closed) => panic!("{closed:?}; before that came {:?}", self.waiting),
                None => panic!("nothing fits among {:?}", self.waiting),
            }
        }
    }

    /// Everything that has come and was not asked for, in order.
    pub(crate) fn take_waiting(&mut self) -> Vec<Value> {
        self.waiting.drain(..).collect()
    }

    /// Everything that comes until some time has passed in silence, presence apart.
    pub(crate) async fn rest(&mut self) -> Vec<Value> {
        self.ok("ping", json!({})).await;
        while let Some(Frame::Object(frame)) = self.receive(Instant::now() + SILENCE).await {
            self.waiting.push_back(frame);
        }
        self.take_waiting().into_iter().filter(|frame| frame["event"] != "presence").collect()
    }

    /// Nothing has come that was not asked for, and nothing comes (presence apart).
    pub(crate) async fn expects_nothing_more(&mut self) {
        let rest = self.rest().await;
        assert!(rest.is_empty(), "{rest:#?}");
    }

    /// The next frame, whatever it is; waits for it within [`PATIENCE`].
    pub(crate) async fn next(&mut self) -> Frame {
        if let Some(frame) = self.waiting.pop_front() {
            return Frame::Object(frame);
        }
        self.receive(Instant::now() + PATIENCE).await.expect("a frame comes")
    }

    /// The next frame from the network before the deadline.
    pub(crate) async fn receive(&mut self, deadline: Instant) -> Option<Frame> {
        loop {
            match timeout_at(deadline, self.stream.next()).await.ok()? {
                Some(Ok(Message::Text(text))) => {
                    let frame: Value = serde_json::from_str(&text).unwrap();
                    describe_frame(&frame, self.op_of(&frame));
                    return Some(Frame::Object(frame));
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(reason))) => {
                    return Some(Frame::Closed(reason.map(|reason| reason.code.into())));
                }
                Some(Ok(other)) => panic!("the server speaks text only: {other:?}"),
                Some(Err(_)) | None => return Some(Frame::Closed(None)),
            }
        }
    }

    /// The code with which the server closes within the time; what comes before waits.
    pub(crate) async fn closed_within(&mut self, time: Duration) -> Option<u16> {
        let deadline = Instant::now() + time;
        loop {
            match self.receive(deadline).await {
                Some(Frame::Object(frame)) => self.waiting.push_back(frame),
                Some(Frame::Closed(code)) => return code,
                None => panic!("still open; there came {:?}", self.waiting),
            }
        }
    }

    /// The code with which the server closes.
    pub(crate) async fn closed(&mut self) -> Option<u16> {
        self.closed_within(PATIENCE).await
    }

    /// Closes from this side.
    pub(crate) async fn closes(mut self) {
        let _ = self.stream.close(None).await;
    }
}
