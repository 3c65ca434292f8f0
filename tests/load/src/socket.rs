use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use crate::Result;
use crate::people::Person;
use crate::process::Server;

/// A greeted socket.
pub(crate) struct Socket {
    stream: WebSocketStream<TcpStream>,
}

impl Socket {
    /// Connects to the first node, says `hello`, and waits for the reply.
    pub(crate) async fn open(server: &Server, person: &Person) -> Result<Self> {
        Self::open_at(server.node(0), person).await
    }

    /// The same at this node.
    pub(crate) async fn open_at(node: &str, person: &Person) -> Result<Self> {
        let address = node.trim_start_matches("http://");
        let mut request = format!("ws://{address}/api/v1/ws").into_client_request()?;
        request.headers_mut().insert("sec-websocket-protocol", "chatchat.v1.json".parse()?);
        request.headers_mut().insert("authorization", format!("Bearer {}", person.token).parse()?);
        let tcp = TcpStream::connect(address).await?;
        tcp.set_nodelay(true)?;
        let (stream, _) = tokio_tungstenite::client_async(request, tcp).await?;
        let mut socket = Self { stream };
        socket.send(r#"{"op":"hello","id":"h","data":{}}"#.to_owned()).await?;
        while !socket.next().await?.contains(r#""id":"h""#) {}
        Ok(socket)
    }

    pub(crate) async fn send(&mut self, frame: String) -> Result<()> {
        Ok(self.stream.send(Message::text(frame)).await?)
    }

    /// The next text frame.
    pub(crate) async fn next(&mut self) -> Result<Utf8Bytes> {
        loop {
            match self.stream.next().await.ok_or("the socket was closed")?? {
                Message::Text(text) => return Ok(text),
                Message::Close(reason) => return Err(format!("the socket was closed: {reason:?}").into()),
                _ => {}
            }
        }
    }

    /// The next event of a message.
    pub(crate) async fn next_message(&mut self) -> Result<Utf8Bytes> {
        loop {
            let frame = self.next().await?;
            if frame.contains(r#""event":"message""#) {
                return Ok(frame);
            }
        }
    }

    pub(crate) async fn close(mut self) -> Result<()> {
        Ok(self.stream.close(None).await?)
    }
}

/// A frame that sends a text of about 100 bytes.
pub(crate) fn send_frame(conversation: &str, client_id: &str) -> String {
    let text =
        "a hundred bytes or so, as people write them when they have something to say to each other, mostly";
    format!(
        r#"{{"op":"send","id":"s","data":{{"conversation_id":"{conversation}","client_id":"{client_id}","content":{{"type":"text","text":"{text}"}}}}}}"#
    )
}
