use std::pin::Pin;
use std::time::Duration;

use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::redirect::Policy;
use serde::de::DeserializeOwned;
use url::Url;

use super::fault::{Fault, away, wrong};
use crate::tls;
use crate::trace::{TRACEPARENT, TraceContext};

/// How long a connection and an answer may take.
const CONNECTED_WITHIN: Duration = Duration::from_secs(3);
const ANSWERED_WITHIN: Duration = Duration::from_secs(8);
/// How large an answer may be.
const LARGEST: usize = 256 * 1024;

/// Connections to all providers.
#[derive(Clone)]
pub struct HttpClient(reqwest::Client);

impl HttpClient {
    /// No connection yet. A provider never sends us elsewhere: where it is says the configuration.
    ///
    /// # Errors
    /// Why it cannot be had, in words.
    pub fn new() -> Result<Self, String> {
        let client = tls::http_client(|client| {
            client
                .redirect(Policy::none())
                .connect_timeout(CONNECTED_WITHIN)
                .timeout(ANSWERED_WITHIN)
                .user_agent(concat!("chatchat/", env!("CARGO_PKG_VERSION")))
        });
        client.map(Self).map_err(|error| error.to_string())
    }
}

/// Requests to one provider.
#[derive(Clone)]
pub(super) struct Http(reqwest::Client);

impl Http {
    pub(super) fn new(client: HttpClient) -> Self {
        Self(client.0)
    }

    /// The JSON that is there, for whoever holds the token if there is one.
    pub(super) async fn get<T: DeserializeOwned>(&self, url: &Url, token: Option<&str>) -> Result<T, Fault> {
        let mut request = self.0.get(url.clone()).header("accept", "application/json");
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let request = request.build().map_err(|_| wrong("its URL cannot be asked"))?;
        let path = request.url().path().to_owned();
        let answer = self.execute(request).await?;
        if answer.status() != 200 {
            return Err(wrong(format!("{path} answers with {}", answer.status().as_u16())));
        }
        serde_json::from_slice(answer.body()).map_err(|error| {
            wrong(format!("{path} answers what is not understood, in line {}", error.line()))
        })
    }

    async fn execute(&self, mut request: reqwest::Request) -> Result<HttpResponse, Fault> {
        if !is_safe(request.url()) {
            return Err(wrong("it is not asked without TLS"));
        }
        let trace = TraceContext::current().and_then(|context| context.to_string().parse().ok());
        if let Some(trace) = trace {
            request.headers_mut().insert(TRACEPARENT, trace);
        }
        let mut response = self.0.execute(request).await.map_err(|error| does_not_answer(&error))?;
        let status = response.status();
        if status.is_server_error() || status == 429 {
            return Err(away(format!("it answers with {}", status.as_u16())));
        }
        let mut answer = HttpResponse::new(Vec::new());
        *answer.status_mut() = status;
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        while let Some(chunk) = response.chunk().await.map_err(|error| does_not_answer(&error))? {
            if answer.body().len() + chunk.len() > LARGEST {
                return Err(wrong("its answer is too large"));
            }
            answer.body_mut().extend_from_slice(&chunk);
        }
        Ok(answer)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = Fault;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Fault>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async {
            let request =
                reqwest::Request::try_from(request).map_err(|_| wrong("its URL cannot be asked"))?;
            self.execute(request).await
        })
    }
}

/// Secrets go over TLS, or to this very machine.
pub fn is_safe(url: &Url) -> bool {
    url.scheme() == "https" || url.scheme() == "http" && is_this_machine(url)
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The URL, which reqwest would add, may hold anything.
fn does_not_answer(error: &reqwest::Error) -> Fault {
    away(if error.is_timeout() {
        "it does not answer in time"
    } else if error.is_connect() {
        "it cannot be reached"
    } else {
        "its answer broke off"
    })
}
