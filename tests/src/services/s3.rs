//! An S3 server in this process, or the bucket that `CHATCHAT_TEST_S3_URL` (`s3://key_id:secret@bucket?endpoint=…`)
//! names.

use std::sync::OnceLock;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::{made_in_background, named};

const KEY: (&str, &str) = ("keyid", "s3cr/et+");

/// A server that ends with the runtime in which it was started.
pub(crate) struct S3 {
    url: String,
    _folder: Option<TempDir>,
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
            Some(url) => Self { url, _folder: None },
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
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let service = service.clone();
                let serving = async move {
                    let builder = Builder::new(TokioExecutor::new());
                    drop(builder.serve_connection(TokioIo::new(socket), service).await);
                };
                tokio::spawn(serving);
            }
        });
        let url = format!("s3://{}:s3cr%2Fet%2B@bucket?endpoint={endpoint}&region=us-east-1", KEY.0);
        Self { url, _folder: Some(folder) }
    }

    /// The bucket's URL, with the key in it.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}
