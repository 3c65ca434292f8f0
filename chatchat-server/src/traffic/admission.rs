use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Class;
use super::shares::{Share, Shares};
use crate::problem::{self, Problem};

/// No address has more than one of so many parts of the room.
const SHARES: usize = 4;

/// Lets so much be under way at once. What people can do without for a while is turned away while there is still room
/// for what they cannot.
pub(super) struct Admission {
    under_way: Arc<AtomicUsize>,
    at_once: usize,
    shares: Arc<Shares>,
}

/// Something that is under way.
#[derive(Debug)]
pub(crate) struct Admitted {
    under_way: Arc<AtomicUsize>,
    /// What its address has of it.
    share: Option<Share>,
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Admission {
    pub(super) fn new(at_once: usize) -> Self {
        Self { under_way: Arc::default(), at_once, shares: Shares::new(at_once / SHARES) }
    }

    /// How much is under way.
    pub(super) fn under_way(&self) -> u64 {
        u64::try_from(self.under_way.load(Ordering::Relaxed)).unwrap_or_default()
    }

    /// Lets something of this class in, unless its address has as much under way as it may.
    pub(super) fn admit_from(&self, class: Class, address: String) -> Result<Admitted, Problem> {
        if class.keeps_free().is_none() {
            return self.admit(class);
        }
        let share = self.shares.take(address).ok_or_else(too_much)?;
        let mut admitted = self.admit(class)?;
        admitted.share = Some(share);
        Ok(admitted)
    }

    pub(super) fn admit(&self, class: Class) -> Result<Admitted, Problem> {
        let admitted = Admitted { under_way: Arc::clone(&self.under_way), share: None };
        let before = self.under_way.fetch_add(1, Ordering::Relaxed);
        match class.keeps_free() {
            Some(percent) if before >= self.at_once - self.at_once * percent / 100 => Err(too_much()),
            _ => Ok(admitted),
        }
    }
}

fn too_much() -> Problem {
    Problem::new(problem::UNAVAILABLE, "The service has too much to do; try again.")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of this class are let in beside what is under way.
    fn room_for(admission: &Admission, class: Class) -> usize {
        let admitted: Vec<Admitted> = (0..200).map_while(|_| admission.admit(class).ok()).collect();
        admitted.len()
    }

    #[test]
    fn what_can_wait_gives_way_first() {
        let admission = Admission::new(100);
        let rooms = Class::ALL.map(|class| room_for(&admission, class));
        assert_eq!(rooms, [200, 100, 90, 90, 90, 80, 60, 50, 50]);
    }

    #[test]
    fn an_address_has_a_part_of_the_room_alone() {
        let admission = Admission::new(100);
        let from = |class, address: &str| admission.admit_from(class, address.to_owned());
        let held: Vec<_> = (0..200).map_while(|_| from(Class::Send, "192.0.2.1").ok()).collect();
        assert_eq!(held.len(), 25);
        assert!(from(Class::Service, "192.0.2.1").is_ok() && from(Class::Export, "192.0.2.2").is_ok());
        drop(held);
        assert_eq!(admission.under_way(), 0);
        assert!(from(Class::Send, "192.0.2.1").is_ok());
    }

    #[test]
    fn what_has_ended_makes_room_and_what_is_refused_takes_none() {
        let admission = Admission::new(2);
        let (first, _second) = (admission.admit(Class::Send).unwrap(), admission.admit(Class::Send).unwrap());
        for _ in 0..3 {
            assert_eq!(admission.admit(Class::Send).unwrap_err().code(), "unavailable");
        }
        drop(first);
        assert!(admission.admit(Class::Send).is_ok());
    }
}
