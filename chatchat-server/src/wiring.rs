//! From settings to adapters to the product to who is connected.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use chatchat_adapters::stack::{DatabaseOptions, OpenError, SharedOptions, Stack};
use chatchat_domain::identity::ReturnPlaces;
use chatchat_domain::ports::EventListener;
use chatchat_domain::session::SessionLifetimes;
use chatchat_domain::{App, Settings};

use crate::config::Config;
use crate::demo::DemoPerson;
use crate::housekeeping;
use crate::http::{
    BrowserCookies, PagePolicy, Readiness, RefreshCookie, RequestCounts, RequestIds, State, Uploads,
};
use crate::metrics::Metrics;
use crate::origins::Origins;
use crate::outbox::{OutboxCounts, OutboxWorker};
use crate::sends::Sends;
use crate::signing::Signing;
use crate::telemetry;
use crate::traffic::{Traffic, TrafficLimits};
use crate::view::Urls;
use crate::ws::{Hub, HubSettings, SocketCounts};

/// The product, ready to be served.
pub(crate) struct Wired {
    /// What HTTP needs.
    pub(crate) state: Arc<State>,
    /// Who is connected.
    pub(crate) hub: Arc<Hub>,
    /// Who does what is owed.
    pub(crate) outbox: OutboxWorker,
}

/// Opens what the settings name, for a server that clients find at `public_url`, and that tells who sits beside it how
/// to log in as one of `demo_people`. Must be called inside the runtime that is to serve.
///
/// # Errors
/// Whatever cannot be opened.
pub(crate) async fn wire(
    config: &Config,
    public_url: String,
    demo_people: &'static [DemoPerson],
) -> Result<Wired, OpenError> {
    if matches!(config.database, DatabaseOptions::Mysql(_)) && config.shared == SharedOptions::InProcess {
        tracing::warn!("without redis.url there may be but one node: nodes would not hear of each other");
    }
    let stack = Stack::open(config.stack(public_url.clone())).await?;
    let settings = Settings {
        secret: stack.secret.clone(),
        lifetimes: SessionLifetimes { access: config.auth.access_token, refresh: config.auth.refresh_token },
        max_group_members: config.max_group_members,
        recall_within: config.recall_within,
        oauth_clients: config.oauth_clients.iter().chain(&stack.own_client).cloned().collect(),
        return_places: ReturnPlaces::new(&public_url, config.server.allowed_origins.clone()),
    };
    let request_ids = RequestIds::new(&*stack.ports.random);
    let app = Arc::new(App::new(stack.ports.clone(), settings));
    let browsers = BrowserCookies::new(&public_url, !config.server.allowed_origins.is_empty());
    let refresh_cookie = RefreshCookie::new(&public_url);
    let page_policy = PagePolicy::new(&public_url, stack.pictures_at.as_deref());
    let origins = Origins::new(&public_url, config.server.allowed_origins.clone());
    let urls = Urls::new(public_url);
    let limits = if config.limits_enabled { config.limits } else { TrafficLimits::NONE };
    let limiter = Arc::clone(&stack.ports.limiter);
    let traffic = Arc::new(Traffic::new(limiter, limits, config.server.max_under_way));
    let mut metrics = Metrics::new();
    let registry = metrics.service();
    stack.register(registry);
    telemetry::register(registry);
    traffic.register(registry);
    let (counts, sends) = (RequestCounts::new(registry), Sends::new(registry));
    let (socket_counts, outbox_counts) = (SocketCounts::new(registry), OutboxCounts::new(registry));
    let settings = HubSettings { origins: origins.clone() };
    let hub = Hub::new(
        Arc::clone(&app),
        urls.clone(),
        settings,
        stack.source(),
        Arc::clone(&traffic),
        socket_counts,
        sends.clone(),
    );
    let listener: Arc<dyn EventListener> = Arc::<Hub>::clone(&hub);
    stack.attach(listener);
    stack.attach_witness(Arc::<Hub>::clone(&hub));
    stack.attach(Signing::start(Arc::clone(&app)));
    hub.spawn_maintenance();
    housekeeping::start(Arc::clone(&app));
    let outbox = OutboxWorker::start(Arc::clone(&app), Arc::clone(&stack.owed), outbox_counts);
    let state = State {
        app,
        stack,
        urls,
        trusted_proxies: config.server.trusted_proxies.clone(),
        counts,
        sends,
        metrics,
        traffic,
        browsers,
        refresh_cookie,
        origins,
        page_policy,
        demo_people,
        request_ids,
        uploads: Uploads::new(),
        readiness: Readiness::default(),
        draining: AtomicBool::new(false),
    };
    Ok(Wired { state: Arc::new(state), hub, outbox })
}
