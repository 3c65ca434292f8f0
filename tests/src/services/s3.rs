//! An S3 server in this process, or the bucket that `CHATCHAT_TEST_S3_URL` (`s3://key_id:secret@bucket?endpoint=…`)
//! names.

use std::net::SocketAddr;
use std::sync::OnceLock;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use super::{made_in_background, named};

const KEY: (&str, &str) = ("keyid", "s3cr/et+");

/// A server that ends with its value, and with all its connections.
pub(crate) struct S3 {
    url: String,
    own: Option<Own>,
}

/// A server of one's own.
struct Own {
    _folder: TempDir,
    service: S3Service,
    address: SocketAddr,
    listening: Option<JoinHandle<()>>,
}

impl S3 {
    /// The server that all tests share which do not stop it.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<S3> = OnceLock::new();
        SHARED.get_or_init(|| made_in_background(Self::start()))
    }

    /// A server with one empty bucket.
    pub(crate) async fn start() -> Self {
        match named("CHATCHAT_TEST_S3_URL") {
            Some(url) => Self { url, own: None },
            None => Self::start_own().await,
        }
    }

    /// A server of one's own, whose keys one knows.
    pub(crate) async fn start_own() -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::create_dir(folder.path().join("bucket")).unwrap();
        let mut service = S3ServiceBuilder::new(FileSystem::new(folder.path()).unwrap());
        service.set_auth(SimpleAuth::from_single(KEY.0, KEY.1));
        let service = service.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let listening = Some(tokio::spawn(serve(listener, service.clone())));
        let url = format!("s3://{}:s3cr%2Fet%2B@bucket?endpoint=http://{address}&region=us-east-1", KEY.0);
        Self { url, own: Some(Own { _folder: folder, service, address, listening }) }
    }

    /// The bucket's URL, with the key in it.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Goes away, with all connections.
    pub(crate) async fn go_away(&mut self) {
        if let Some(listening) = self.own.as_mut().unwrap().listening.take() {
            listening.abort();
            let _cancelled = listening.await;
        }
    }

    /// Comes back where it was.
    pub(crate) async fn come_back(&mut self) {
        let own = self.own.as_mut().unwrap();
        let listener = TcpListener::bind(own.address).await.unwrap();
        own.listening = Some(tokio::spawn(serve(listener, own.service.clone())));
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        if let Some(listening) = &self.listening {
            listening.abort();
        }
    }
}

async fn serve(listener: TcpListener, service: S3Service) {
    let mut connections = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        let service = service.clone();
        connections.spawn(async move {
            let builder = Builder::new(TokioExecutor::new());
            drop(builder.serve_connection(TokioIo::new(socket), service).await);
        });
    }
}
