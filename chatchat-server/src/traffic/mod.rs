//! Traffic: who may do how much of what, and what gives way when there is too much of it.
//!
//! - `class`: what kind of thing a request or an operation is.
//! - `limits`: how often one account and one address may do it.
//! - `admission`: how much may be under way at once, and what is turned away first.

mod admission;
mod class;
mod limits;

use std::net::IpAddr;
use std::sync::Arc;

use chatchat_adapters::live::Live;
use chatchat_domain::Error;
use chatchat_domain::ports::{Policy, RateLimiter};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::problem::Problem;
use admission::Admission;
pub(crate) use admission::Admitted;
pub(crate) use class::Class;
pub use limits::{ClassLimits, Rate, TrafficLimits};

/// Decides who may go on.
pub(crate) struct Traffic {
    limiter: Arc<dyn RateLimiter>,
    limits: TrafficLimits,
    admission: Admission,
    limited: Family<[(&'static str, &'static str); 1], Counter>,
    turned_away: Family<[(&'static str, &'static str); 1], Counter>,
}

impl Traffic {
    /// Counts with `limiter`, and lets `at_once` requests and operations be under way.
    pub(crate) fn new(limiter: Arc<dyn RateLimiter>, limits: TrafficLimits, at_once: usize) -> Self {
        let admission = Admission::new(at_once);
        Self { limiter, limits, admission, limited: Family::default(), turned_away: Family::default() }
    }

    /// Lets be shown what is under way, and what was refused.
    pub(crate) fn register(self: &Arc<Self>, registry: &mut Registry) {
        let traffic = Arc::clone(self);
        let under_way = move || vec![("all".to_owned(), traffic.admission.under_way())];
        registry.register("under_way", "Requests and operations under way", Live::gauge("class", under_way));
        let help = "What was refused because it came too often, by the limit";
        registry.register("limited", help, self.limited.clone());
        for class in Class::ALL {
            // From the start, so that the first one is a rise.
            drop(self.turned_away.get_or_create(&[("class", class.name())]));
        }
        let help = "What was turned away because too much was under way";
        registry.register("turned_away", help, self.turned_away.clone());
    }

    /// Lets it go on until what is returned is dropped.
    ///
    /// # Errors
    /// `unavailable` when too much is under way for something of this class.
    pub(crate) fn admit(&self, class: Class) -> Result<Admitted, Problem> {
        let turned_away = |_: &Problem| {
            self.turned_away.get_or_create(&[("class", class.name())]).inc();
        };
        self.admission.admit(class).inspect_err(turned_away)
    }

    /// Counts one more from this address.
    ///
    /// # Errors
    /// [`Error::RateLimited`]
    pub(crate) async fn check_address(&self, class: Class, address: IpAddr) -> Result<(), Error> {
        match self.limits.of_an_address(class) {
            Some(policy) => self.check(policy, &limits::address_key(address)).await,
            None => Ok(()),
        }
    }

    /// Counts one more by this account, whatever names it.
    ///
    /// # Errors
    /// [`Error::RateLimited`]
    pub(crate) async fn check_account(&self, class: Class, account: impl ToString) -> Result<(), Error> {
        match self.limits.of_an_account(class) {
            Some(policy) => self.check(policy, &account.to_string()).await,
            None => Ok(()),
        }
    }

    async fn check(&self, policy: Policy, key: &str) -> Result<(), Error> {
        let checked = self.limiter.check(policy, key).await;
        if let Err(Error::RateLimited(_)) = checked {
            self.limited.get_or_create(&[("limit", policy.name)]).inc();
        }
        checked
    }
}
