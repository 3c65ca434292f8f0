//! An SMTP server in this process that keeps what it gets, and can be told to misbehave.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::made_in_background;

/// A mail as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) message: String,
}

/// A server that ends with its value, and with all its connections.
pub(crate) struct SmtpServer {
    port: u16,
    state: Arc<Mutex<State>>,
    listening: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    received: Vec<Received>,
    /// What to answer to the next commands with these verbs; nothing at all if the answer is empty.
    answers: VecDeque<(&'static str, &'static str)>,
    password: Option<&'static str>,
}

impl SmtpServer {
    /// The server that all tests share which do not disturb it.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<SmtpServer> = OnceLock::new();
        SHARED.get_or_init(|| made_in_background(Self::start()))
    }

    /// A server for everybody.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut server = Self { port, state: Arc::default(), listening: None };
        server.listen(listener);
        server
    }

    /// A server for `ann` with this password.
    pub(crate) async fn start_for_ann(password: &'static str) -> Self {
        let server = Self::start().await;
        server.state.lock().unwrap().password = Some(password);
        server
    }

    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(crate) fn url(&self) -> String {
        format!("smtp://{}", self.host())
    }

    /// Answers the next command with this verb so; never, if the answer is empty.
    pub(crate) fn answer(&self, verb: &'static str, answer: &'static str) {
        self.state.lock().unwrap().answers.push_back((verb, answer));
    }

    /// What has come in, the oldest first.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.state.lock().unwrap().received.clone()
    }

    /// Goes away, with all connections.
    pub(crate) async fn go_away(&mut self) {
        if let Some(listening) = self.listening.take() {
            listening.abort();
            let _cancelled = listening.await;
        }
    }

    /// Comes back where it was.
    pub(crate) async fn come_back(&mut self) {
        let listener = TcpListener::bind(self.host()).await.unwrap();
        self.listen(listener);
    }

    fn listen(&mut self, listener: TcpListener) {
        let state = Arc::clone(&self.state);
        self.listening = Some(tokio::spawn(async move {
            let mut talks = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                talks.spawn(Talk::hold(socket, Arc::clone(&state)));
            }
        }));
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        if let Some(listening) = &self.listening {
            listening.abort();
        }
    }
}

/// What is said on one connection.
struct Talk {
    writer: OwnedWriteHalf,
    state: Arc<Mutex<State>>,
    is_admitted: bool,
    from: String,
    to: Vec<String>,
}

impl Talk {
    async fn hold(socket: TcpStream, state: Arc<Mutex<State>>) {
        let (reader, writer) = socket.into_split();
        let is_admitted = state.lock().unwrap().password.is_none();
        let mut talk = Self { writer, state, is_admitted, from: String::new(), to: Vec::new() };
        let mut lines = BufReader::new(reader).lines();
        talk.say("220 test ESMTP").await;
        while let Ok(Some(line)) = lines.next_line().await {
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            if let Some(answer) = talk.told(&verb) {
                if answer.is_empty() {
                    return std::future::pending().await;
                }
                talk.say(answer).await;
                continue;
            }
            match verb.as_str() {
                "EHLO" => talk.say("250-test\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN").await,
                "AUTH" => talk.admit(&line).await,
                "NOOP" | "RSET" => talk.say("250 fine").await,
                "QUIT" => return talk.say("221 bye").await,
                _ if !talk.is_admitted => talk.say("530 who are you?").await,
                "MAIL" => {
                    (talk.from, talk.to) = (bracketed(&line), Vec::new());
                    talk.say("250 fine").await;
                }
                "RCPT" => {
                    talk.to.push(bracketed(&line));
                    talk.say("250 fine").await;
                }
                "DATA" => {
                    talk.say("354 go on").await;
                    let mut message = String::new();
                    while let Ok(Some(line)) = lines.next_line().await {
                        if line == "." {
                            break;
                        }
                        message.push_str(line.strip_prefix('.').unwrap_or(&line));
                        message.push_str("\r\n");
                    }
                    talk.keep(message).await;
                }
                _ => talk.say("502 not known").await,
            }
        }
    }

    /// What to answer instead of what would be right.
    fn told(&self, verb: &str) -> Option<&'static str> {
        let mut state = self.state.lock().unwrap();
        let position = state.answers.iter().position(|(for_verb, _)| *for_verb == verb)?;
        state.answers.remove(position).map(|(_, answer)| answer)
    }

    async fn keep(&mut self, message: String) {
        let received = Received { from: self.from.clone(), to: self.to.clone(), message };
        self.state.lock().unwrap().received.push(received);
        self.say("250 kept").await;
    }

    async fn admit(&mut self, line: &str) {
        let given = STANDARD.decode(line.rsplit(' ').next().unwrap_or_default()).unwrap_or_default();
        let password = self.state.lock().unwrap().password.unwrap_or_default();
        self.is_admitted = given == format!("\0ann\0{password}").into_bytes();
        self.say(if self.is_admitted { "235 welcome" } else { "535 no" }).await;
    }

    async fn say(&mut self, answer: &str) {
        drop(self.writer.write_all(format!("{answer}\r\n").as_bytes()).await);
    }
}

fn bracketed(line: &str) -> String {
    let address = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    address.map(|(address, _)| address.to_owned()).unwrap_or_default()
}
