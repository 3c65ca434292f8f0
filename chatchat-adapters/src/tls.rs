//! TLS for all that speaks it.

use std::path::PathBuf;

use url::Url;

/// Lets ring do the cryptography of this process's TLS, unless something else was chosen before.
pub fn install() {
    drop(rustls::crypto::ring::default_provider().install_default());
}

/// An HTTP client like this. A machine without certificates can still talk to itself.
///
/// # Errors
/// Why it cannot be had.
#[cfg(feature = "oauth")]
pub fn http_client(
    like_this: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
) -> Result<reqwest::Client, reqwest::Error> {
    install();
    like_this(reqwest::Client::builder()).build().or_else(|error| {
        tracing::warn!(%error, "nobody can be trusted over TLS");
        like_this(reqwest::Client::builder()).tls_certs_only([]).build()
    })
}

/// Takes `ssl_ca` out of the URL's query: the file with the certificates to trust instead of the system's.
#[cfg(any(feature = "mysql", feature = "redis"))]
pub(crate) fn take_ca(url: &mut Url) -> Option<PathBuf> {
    take(url, "ssl_ca").map(PathBuf::from)
}

/// Takes a value out of the URL's query.
#[cfg(any(feature = "mysql", feature = "redis"))]
pub(crate) fn take(url: &mut Url, name: &str) -> Option<String> {
    let all: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let (taken, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|(key, _)| key == name);
    let (_, value) = taken.into_iter().next_back()?;
    url.query_pairs_mut().clear().extend_pairs(others);
    Some(value)
}
