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

use super::{Objects, Signer, one_line, unavailable};
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
    /// The store does not let us in, or there is no such bucket.
    #[error("the store refuses: {0}")]
    Refused(String),
    /// Nothing answers as it should; this may pass.
    #[error("cannot reach the store: {0}")]
    Unreachable(String),
}

impl S3Error {
    /// Whether it may go well a moment later.
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable(_))
    }
}

impl From<object_store::Error> for S3Error {
    fn from(error: object_store::Error) -> Self {
        let words = one_line(&error);
        match error {
            object_store::Error::NotFound { .. }
            | object_store::Error::PermissionDenied { .. }
            | object_store::Error::Unauthenticated { .. } => Self::Refused(words),
            _ => Self::Unreachable(words),
        }
    }
}

const MALFORMED: S3Error = S3Error::Url("must be s3://[key_id:secret@]bucket[?endpoint=URL][&region=NAME]");

impl Objects {
    /// Objects in the bucket that `s3://[key_id:secret@]bucket[?endpoint=URL][&region=NAME]` names.
    ///
    /// A key in the URL has `/` and `+` as `%2F` and `%2B`. Without one it is that of the environment:
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`, or what a machine at Amazon knows of
    /// itself. An endpoint, which may speak plain HTTP, finds the bucket by its path.
    ///
    /// # Errors
    /// [`S3Error::Url`] and [`S3Error::Unusable`]; whether the bucket answers, only [`Objects::check`] tells.
    pub fn s3(url: &str) -> Result<Self, S3Error> {
        tls::install();
        let store = Arc::new(bucket(url)?);
        Ok(Self { store: Arc::<AmazonS3>::clone(&store), signer: Some(store) })
    }

    /// The origin from which clients fetch objects themselves, such as `https://s3.example`.
    ///
    /// # Errors
    /// [`S3Error::Unusable`].
    pub async fn origin(&self) -> Result<Option<String>, S3Error> {
        let Some(signer) = &self.signer else { return Ok(None) };
        let unusable = |error: &dyn std::fmt::Display| S3Error::Unusable(error.to_string());
        let url = signer.url(&Path::from("origin"), Duration::from_secs(1)).await;
        let url = Url::parse(&url.map_err(|error| unusable(&error))?).map_err(|error| unusable(&error))?;
        Ok(Some(url.origin().ascii_serialization()))
    }

    /// Whether objects can be put, got and deleted: does so with a tiny one of its own.
    ///
    /// # Errors
    /// [`S3Error::Refused`] and [`S3Error::Unreachable`] say what cannot be done.
    pub async fn check(&self) -> Result<(), S3Error> {
        let path = Path::from(format!("checks/{:032x}", rand::random::<u128>()));
        self.store.put(&path, "check".into()).await?;
        let got = self.store.get(&path).await?.bytes().await?;
        self.store.delete(&path).await?;
        let is_kept = got.as_ref() == b"check";
        is_kept.then_some(()).ok_or_else(|| S3Error::Unusable("it does not keep what it is given".to_owned()))
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
    let keyed = match url.password() {
        Some(secret) => AmazonS3Builder::new()
            .with_access_key_id(decoded(url.username())?)
            .with_secret_access_key(decoded(secret)?),
        None if url.username().is_empty() => AmazonS3Builder::from_env(),
        None => return Err(MALFORMED),
    };
    let mut builder =
        keyed.with_bucket_name(bucket).with_retry(retry).with_client_options(client).with_allow_http(true); // where an endpoint asks for it: without one it is https
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
    builder.build().map_err(|error| S3Error::Unusable(one_line(&error)))
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
            "s3://s3cret@bucket",
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
