//! The operating system's clock and randomness. Everything else asks these two ports.

use std::time::{SystemTime, UNIX_EPOCH};

use chatchat_domain::Timestamp;
use chatchat_domain::ports::{Clock, Random};
use rand::Rng as _;
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;

/// The wall clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else asks")]
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_unix_micros(0).after(since_epoch)
    }
}

/// The operating system's cryptographically secure generator.
///
/// # Panics
/// When the system has no randomness to give: to go on with guessable secrets would be worse.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        UnwrapErr(SysRng).fill_bytes(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_tells_the_present() {
        let start_of_2025 = Timestamp::from_unix_micros(1_735_689_600_000_000);
        assert!(SystemClock.now() > start_of_2025);
    }

    #[test]
    fn random_bytes_differ() {
        let (mut one, mut other) = ([0; 32], [0; 32]);
        SystemRandom.fill(&mut one);
        SystemRandom.fill(&mut other);
        assert_ne!(one, other);
    }
}
