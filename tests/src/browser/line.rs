use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::e2e::server::Server;

/// A network between browsers and a server, which can be cut, and can lose answers.
pub(super) struct Line {
    /// Where browsers find the server.
    pub(super) url: String,
    is_cut: Arc<watch::Sender<bool>>,
    loses: Arc<AtomicU8>,
}

/// What becomes of what the server says.
const NOTHING: u8 = 0;
const ANSWERS: u8 = 1;

impl Line {
    /// A line to the server.
    pub(super) async fn to(server: &Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (is_cut, loses) = (Arc::new(watch::Sender::new(false)), Arc::new(AtomicU8::new(NOTHING)));
        let line = Self { url, is_cut: Arc::clone(&is_cut), loses: Arc::clone(&loses) };
        let address = server.address().to_owned();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if *is_cut.borrow() {
                    continue; // closed at once
                }
                let (cut, loses, address) = (is_cut.subscribe(), Arc::clone(&loses), address.clone());
                tokio::spawn(async move {
                    if let Ok(server) = TcpStream::connect(&address).await {
                        joined(client, server, cut, loses).await;
                    }
                });
            }
        });
        line
    }

    /// Ends all connections; there are no new ones.
    pub(super) fn cut(&self) {
        self.is_cut.send_replace(true);
    }

    /// Lets what clients say through, but nothing that the server answers.
    pub(super) fn lose_answers(&self) {
        self.loses.store(ANSWERS, Ordering::Relaxed);
    }

    /// All is well again; connections that were there are not.
    pub(super) fn mend(&self) {
        self.is_cut.send_replace(true);
        self.loses.store(NOTHING, Ordering::Relaxed);
        self.is_cut.send_replace(false);
    }
}

/// Passes everything on until one side ends, or the line is cut.
async fn joined(client: TcpStream, server: TcpStream, mut cut: watch::Receiver<bool>, loses: Arc<AtomicU8>) {
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let never = Arc::new(AtomicU8::new(NOTHING));
    tokio::select! {
        () = passed_on(from_client, to_server, &never) => {}
        () = passed_on(from_server, to_client, &loses) => {}
        _ = cut.wait_for(|is_cut| *is_cut) => {}
    }
}

async fn passed_on(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, loses: &AtomicU8) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let is_lost = loses.load(Ordering::Relaxed) == ANSWERS;
        if !is_lost && to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
