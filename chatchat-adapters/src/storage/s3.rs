use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chatchat_domain::Error;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::signer::{Method, Signer as _};
use object_store::{ClientOptions, ObjectStoreExt as _, RetryConfig};
use percent_encoding::percent_decode_str;
use url::Url;

use super::{Objects, Signer, unavailable};
use crate::tls;

/// How long a connection and a request may take; how often and how long a request is tried again.
const CONNECTED_WITHIN: Duration = Duration::from_secs(5);
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);
const RETRIES: usize = 3;
const RETRIED_WITHIN: Duration = Duration::from_secs(15);

/// Why a bucket cannot be used. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum S3Error {
    /// The URL is none, or says what is not known.
    #[error("{0}")]
    Url(&'static str),
    /// What the URL says does not fit together.
    #[error("cannot use the bucket: {0}")]
    Unusable(String),
}

const MALFORMED: S3Error = S3Error::Url("must be s3://[key_id:secret@]bucket[?endpoint=URL][&region=NAME]");

impl Objects {
    /// Objects in the bucket that `s3://[key_id:secret@]bucket[?endpoint=URL][&region=NAME]` names.
    ///
    /// Without a key in the URL (where `/` and `+` are `%2F` and `%2B`) it is that of the environment:
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`, or what a machine at Amazon knows of
    /// itself. An endpoint, which may speak plain HTTP, finds the bucket by its path.
    ///
    /// # Errors
    /// [`S3Error`] says what is wrong with the URL; whether the bucket answers, only [`Objects::check`] tells.
    pub fn s3(url: &str) -> Result<Self, S3Error> {
        tls::install();
        let store = Arc::new(bucket(url)?);
        Ok(Self { store: Arc::<AmazonS3>::clone(&store), signer: Some(store) })
    }

    /// Whether objects can be put, got and deleted: does so with a tiny one of its own.
    ///
    /// # Errors
    /// [`Error::Unavailable`] says what cannot be done; never with a secret.
    pub async fn check(&self) -> Result<(), Error> {
        let path = Path::from(format!("checks/{:032x}", rand::random::<u128>()));
        self.store.put(&path, "check".into()).await.map_err(unavailable)?;
        let got = self.store.get(&path).await.map_err(unavailable)?.bytes().await.map_err(unavailable)?;
        self.store.delete(&path).await.map_err(unavailable)?;
        let is_kept = got.as_ref() == b"check";
        is_kept.then_some(()).ok_or_else(|| Error::Unavailable("object store: it does not keep".to_owned()))
    }
}

#[async_trait]
impl Signer for AmazonS3 {
    async fn url(&self, path: &Path, lifetime: Duration) -> Result<String, Error> {
        self.signed_url(Method::GET, path, lifetime).await.map(String::from).map_err(unavailable)
    }
}

fn bucket(url: &str) -> Result<AmazonS3, S3Error> {
    let url = Url::parse(url).map_err(|_| MALFORMED)?;
    let bucket = url.host_str().filter(|host| !host.is_empty()).ok_or(MALFORMED)?;
    if url.scheme() != "s3" || !matches!(url.path(), "" | "/") || url.port().is_some() {
        return Err(MALFORMED);
    }
    let retry = RetryConfig { max_retries: RETRIES, retry_timeout: RETRIED_WITHIN, ..RetryConfig::default() };
    let client = ClientOptions::new().with_connect_timeout(CONNECTED_WITHIN).with_timeout(ANSWERED_WITHIN);
    let mut builder = AmazonS3Builder::from_env()
        .with_bucket_name(bucket)
        .with_retry(retry)
        .with_client_options(client)
        .with_allow_http(true); // where an endpoint asks for it: without one it is https
    for (key, value) in url.query_pairs() {
        builder = match &*key {
            "region" => builder.with_region(value),
            "endpoint" if is_web_address(&value) => {
                builder.with_endpoint(value.trim_end_matches('/')).with_virtual_hosted_style_request(false)
            }
            "endpoint" => return Err(S3Error::Url("the endpoint must be an http or https URL")),
            _ => return Err(S3Error::Url("knows but endpoint= and region=")),
        };
    }
    if let Some(secret) = url.password() {
        builder =
            builder.with_access_key_id(decoded(url.username())?).with_secret_access_key(decoded(secret)?);
    }
    builder.build().map_err(|error| S3Error::Unusable(error.to_string()))
}

fn is_web_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.username().is_empty())
}

fn decoded(text: &str) -> Result<String, S3Error> {
    percent_decode_str(text).decode_utf8().map(Into::into).map_err(|_| MALFORMED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_is_none_is_refused_without_its_secret() {
        for url in [
            "s3://",
            "s3:bucket",
            "s3://id:s3cret@bucket/path",
            "s3://id:s3cret@bucket:9000",
            "s3://id:s3cret@bucket?endpoint=localhost:9000",
            "s3://id:s3cret@bucket?colour=s3cret",
            "https://id:s3cret@bucket",
        ] {
            let error = Objects::s3(url).unwrap_err();
            assert!(matches!(error, S3Error::Url(_)) && !error.to_string().contains("s3cret"), "{url}");
        }
    }
}
