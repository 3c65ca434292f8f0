//! Which server, as whom, and how safely: what the URL says.

use std::net::IpAddr;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::TlsParameters;
use percent_encoding::percent_decode_str;
use url::Url;

use super::SmtpError;

const MALFORMED: SmtpError = SmtpError::Url("must be smtp://user:password@host:port or smtps://…");

/// How to reach a server.
pub(super) struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: Tls,
    pub(super) credentials: Option<Credentials>,
}

/// When to speak TLS.
pub(super) enum Tls {
    Never,
    /// Once greeted, where the server can.
    Opportunistic(TlsParameters),
    /// Once greeted.
    Required(TlsParameters),
    /// From the start.
    Wrapped(TlsParameters),
}

impl Server {
    /// The server that the URL names; [`super::Smtp::connect`] says how.
    pub(super) fn of(url: &str) -> Result<Self, SmtpError> {
        let url = Url::parse(url).map_err(|_| MALFORMED)?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        if host.is_empty() || !matches!(url.path(), "" | "/") {
            return Err(MALFORMED);
        }
        let is_local = is_loopback(&host);
        let (tls, port) = match (url.scheme(), wish(&url)?.as_deref()) {
            ("smtps", None) => (Tls::Wrapped(trusted(&host)?), 465),
            ("smtps", _) => return Err(SmtpError::Url("smtps:// always has TLS: tls= has no place there")),
            ("smtp", Some("none")) => (Tls::Never, 25),
            ("smtp", Some("opportunistic")) => (Tls::Opportunistic(trusted(&host)?), 587),
            ("smtp", None) if is_local => (Tls::Never, 25),
            ("smtp", _) => (Tls::Required(trusted(&host)?), 587),
            _ => return Err(MALFORMED),
        };
        let credentials = credentials(&url)?;
        if credentials.is_some() && !is_local && matches!(tls, Tls::Never | Tls::Opportunistic(_)) {
            return Err(SmtpError::Url("would send the password in the clear: use smtps:// or tls=required"));
        }
        Ok(Self { host, port: url.port().unwrap_or(port), tls, credentials })
    }
}

/// What the URL says about TLS.
fn wish(url: &Url) -> Result<Option<String>, SmtpError> {
    let mut wish = None;
    for (key, value) in url.query_pairs() {
        match (&*key, &*value) {
            ("tls", "required" | "opportunistic" | "none") => wish = Some(value.into_owned()),
            _ => return Err(SmtpError::Url("knows but tls=required, tls=opportunistic and tls=none")),
        }
    }
    Ok(wish)
}

fn credentials(url: &Url) -> Result<Option<Credentials>, SmtpError> {
    let Some(password) = url.password() else {
        return if url.username().is_empty() { Ok(None) } else { Err(MALFORMED) };
    };
    let decoded = |text| percent_decode_str(text).decode_utf8().map(Into::into).map_err(|_| MALFORMED);
    Ok(Some(Credentials::new(decoded(url.username())?, decoded(password)?)))
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// TLS with whom the world's authorities, as this machine knows them, call `host`.
fn trusted(host: &str) -> Result<TlsParameters, SmtpError> {
    TlsParameters::new(host.to_owned())
        .map_err(|_| SmtpError::Url("names a host that TLS cannot be spoken with"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_words(url: &str) -> String {
        let Server { host, port, tls, credentials } = Server::of(url).unwrap();
        let tls = match tls {
            Tls::Never => "never",
            Tls::Opportunistic(_) => "opportunistic",
            Tls::Required(_) => "required",
            Tls::Wrapped(_) => "wrapped",
        };
        format!("{host} {port} {tls} {}", if credentials.is_some() { "known" } else { "anybody" })
    }

    #[test]
    fn tls_goes_without_saying_but_to_this_machine() {
        for (url, expected) in [
            ("smtp://mail.example", "mail.example 587 required anybody"),
            ("smtp://mail.example?tls=none", "mail.example 25 never anybody"),
            ("smtp://mail.example:2525/?tls=opportunistic", "mail.example 2525 opportunistic anybody"),
            ("smtps://ann:pw@mail.example", "mail.example 465 wrapped known"),
            ("smtp://ann:pw@mail.example", "mail.example 587 required known"),
            ("smtp://ann:pw@127.0.0.1:2525", "127.0.0.1 2525 never known"),
            ("smtp://ann:pw@localhost?tls=required", "localhost 587 required known"),
            ("smtp://[::1]:2525", "::1 2525 never anybody"),
        ] {
            assert_eq!(in_words(url), expected, "{url}");
        }
    }

    #[test]
    fn no_password_travels_in_the_clear_and_none_is_shown() {
        for url in [
            "smtp://ann:s3cret@mail.example?tls=none",
            "smtp://ann:s3cret@mail.example?tls=opportunistic",
            "smtp://ann:s3cret@127.0.0.1.example?tls=none",
            "smtp://ann:s3cret@mail.example?tls=maybe",
            "smtp://ann:s3cret@mail.example?colour=s3cret",
            "smtps://s3cret@mail.example",
            "smtp://ann:s3cret@mail.example/path",
            "smtps://ann:s3cret@mail.example?tls=none",
            "http://ann:s3cret@mail.example",
            "smtp:",
            "s3cret",
        ] {
            let error = Server::of(url).map(drop).unwrap_err();
            assert!(matches!(error, SmtpError::Url(_)) && !error.to_string().contains("s3cret"), "{url}");
        }
    }
}
