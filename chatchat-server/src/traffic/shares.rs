use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Lets nobody have more than so many of what all share.
#[derive(Debug)]
pub(crate) struct Shares {
    each: usize,
    taken: Mutex<HashMap<String, usize>>,
}

/// One that somebody has.
#[derive(Debug)]
pub(crate) struct Share {
    of: Arc<Shares>,
    whose: String,
}

impl Shares {
    /// Lets each have at most this many, and at least one.
    pub(crate) fn new(each: usize) -> Arc<Self> {
        Arc::new(Self { each: each.max(1), taken: Mutex::default() })
    }

    /// One more for them, until it is dropped; nothing if they have as many as they may.
    pub(crate) fn take(self: &Arc<Self>, whose: String) -> Option<Share> {
        let mut taken = self.taken();
        let count = taken.entry(whose.clone()).or_default();
        if *count == self.each {
            return None;
        }
        *count += 1;
        drop(taken);
        Some(Share { of: Arc::clone(self), whose })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if let Entry::Occupied(mut count) = self.of.taken().entry(std::mem::take(&mut self.whose)) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_has_more_than_their_share_and_who_has_none_is_forgotten() {
        let shares = Shares::new(2);
        let of = |whose: &str| shares.take(whose.to_owned());
        let (first, _second) = (of("ann").unwrap(), of("ann").unwrap());
        assert!(of("ann").is_none());
        assert!(of("bob").is_some());
        assert_eq!(shares.taken().len(), 1);
        drop(first);
        assert!(of("ann").is_some());
    }
}
