//! Traffic: who may do how much of what, and what gives way when there is too much of it.
//!
//! - `class`: what kind of thing a request or an operation is.
//! - `limits`: how often one account and one address may do it.
//! - `admission`: how much may be under way at once, and what is turned away first.
//! - `shares`: that nobody takes all of what others need, too.

mod admission;
mod class;
mod limits;
mod shares;

use std::net::IpAddr;
use std::sync::Arc;

use chatchat_adapters::live::Live;
use chatchat_domain::Error;
use chatchat_domain::ports::RateLimiter;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::problem::Problem;
use admission::Admission;
pub(crate) use admission::Admitted;
pub(crate) use class::Class;
pub(crate) use limits::address_key;
pub use limits::{ClassLimits, Rate, TrafficLimits};
pub(crate) use shares::{Share, Shares};

/// Decides who may go on.
pub(crate) struct Traffic {
    limiter: Arc<dyn RateLimiter>,
    limits: TrafficLimits,
    admission: Admission,
    turned_away: Family<[(&'static str, &'static str); 1], Counter>,
}

impl Traffic {
    /// Counts with `limiter`, and lets `at_once` requests and operations be under way.
    pub(crate) fn new(limiter: Arc<dyn RateLimiter>, limits: TrafficLimits, at_once: usize) -> Self {
        let admission = Admission::new(at_once);
        Self { limiter, limits, admission, turned_away: Family::default() }
    }

    /// Lets be shown what is under way, and what was turned away.
    pub(crate) fn register(self: &Arc<Self>, registry: &mut Registry) {
        let traffic = Arc::clone(self);
        let under_way = move || vec![("all".to_owned(), traffic.admission.under_way())];
        registry.register("under_way", "Requests and operations under way", Live::gauge("class", under_way));
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
        self.counted(class, self.admission.admit(class))
    }

    /// The same for what may wait for its client, and so is not to hold all that there is room for.
    ///
    /// # Errors
    /// `unavailable`, also when this address has as much under way as one may.
    pub(crate) fn admit_from(&self, class: Class, address: IpAddr) -> Result<Admitted, Problem> {
        self.counted(class, self.admission.admit_from(class, limits::address_key(address)))
    }

    fn counted<T>(&self, class: Class, admitted: Result<T, Problem>) -> Result<T, Problem> {
        admitted.inspect_err(|_| {
            self.turned_away.get_or_create(&[("class", class.name())]).inc();
        })
    }

    /// Counts one more from this address.
    ///
    /// # Errors
    /// [`Error::RateLimited`]
    pub(crate) async fn check_address(&self, class: Class, address: IpAddr) -> Result<(), Error> {
        match self.limits.of_an_address(class) {
            Some(policy) => self.limiter.check(policy, &limits::address_key(address)).await,
            None => Ok(()),
        }
    }

    /// Counts one more by this account, whatever names it.
    ///
    /// # Errors
    /// [`Error::RateLimited`]
    pub(crate) async fn check_account(&self, class: Class, account: impl ToString) -> Result<(), Error> {
        match self.limits.of_an_account(class) {
            Some(policy) => self.limiter.check(policy, &account.to_string()).await,
            None => Ok(()),
        }
    }
}
