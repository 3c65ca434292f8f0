use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chatchat_adapters::stack::Stack;
use chatchat_domain::App;

use super::{BrowserCookies, PagePolicy, Readiness, RefreshCookie, RequestCounts, RequestIds, Uploads};
use crate::config::TrustedProxies;
use crate::demo::DemoPerson;
use crate::metrics::Metrics;
use crate::origins::Origins;
use crate::sends::Sends;
use crate::traffic::Traffic;
use crate::view::Urls;

/// What all handlers share, one for the process.
pub(crate) struct State {
    /// The product.
    pub(crate) app: Arc<App>,
    /// What stands behind it, for health, keys and the development mailbox.
    pub(crate) stack: Stack,
    /// Makes the URLs in answers.
    pub(crate) urls: Urls,
    /// Whose `X-Forwarded-For` counts.
    pub(crate) trusted_proxies: TrustedProxies,
    /// How many requests there were.
    pub(crate) counts: RequestCounts,
    /// What becomes of messages.
    pub(crate) sends: Sends,
    /// All that is counted anywhere.
    pub(crate) metrics: Metrics,
    /// Decides who may go on.
    pub(crate) traffic: Arc<Traffic>,
    /// Knows browsers that come back from a third party.
    pub(crate) browsers: BrowserCookies,
    /// Keeps the refresh tokens of those who log in on a page.
    pub(crate) refresh_cookie: RefreshCookie,
    /// Whose pages may use that.
    pub(crate) origins: Origins,
    /// What the page of the web client may do.
    pub(crate) page_policy: PagePolicy,
    /// Who can be logged in as without being asked.
    pub(crate) demo_people: &'static [DemoPerson],
    /// Names requests.
    pub(crate) request_ids: RequestIds,
    /// Lets few uploads in at once.
    pub(crate) uploads: Uploads,
    /// What those learn who ask whether it may get requests.
    pub(crate) readiness: Readiness,
    /// Whether the server is going away.
    pub(crate) draining: AtomicBool,
}

impl State {
    /// The product, for work that may outlive the request.
    pub(crate) fn app(&self) -> Arc<App> {
        Arc::clone(&self.app)
    }

    /// Whether the server is going away.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}
