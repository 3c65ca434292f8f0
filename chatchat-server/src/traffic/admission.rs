use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Class;
use crate::problem::{self, Problem};

/// Lets so much be under way at once. What people can do without for a while is turned away while there is still room
/// for what they cannot.
pub(super) struct Admission {
    under_way: Arc<AtomicUsize>,
    at_once: usize,
}

/// Something that is under way.
#[derive(Debug)]
pub(crate) struct Admitted(Arc<AtomicUsize>);

impl Drop for Admitted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Admission {
    pub(super) fn new(at_once: usize) -> Self {
        Self { under_way: Arc::default(), at_once }
    }

    /// How much is under way.
    pub(super) fn under_way(&self) -> u64 {
        u64::try_from(self.under_way.load(Ordering::Relaxed)).unwrap_or_default()
    }

    pub(super) fn admit(&self, class: Class) -> Result<Admitted, Problem> {
        let admitted = Admitted(Arc::clone(&self.under_way));
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
