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

use chatchat_domain::Error;
use chatchat_domain::ports::{Policy, RateLimiter};

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
}

impl Traffic {
    /// Counts with `limiter`, and lets `at_once` requests and operations be under way.
    pub(crate) fn new(limiter: Arc<dyn RateLimiter>, limits: TrafficLimits, at_once: usize) -> Self {
        Self { limiter, limits, admission: Admission::new(at_once) }
    }

    /// Lets it go on until what is returned is dropped.
    ///
    /// # Errors
    /// `unavailable` when too much is under way for something of this class.
    pub(crate) fn admit(&self, class: Class) -> Result<Admitted, Problem> {
        self.admission.admit(class)
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
        self.limiter.check(policy, key).await
    }
}
