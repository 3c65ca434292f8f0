use std::net::IpAddr;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::traffic::{Share, Shares, address_key};

/// How many uploads there may be at once.
const AT_ONCE: usize = 8;
/// How many of them may come from one address: who is slow leaves room for others.
const OF_AN_ADDRESS: usize = 6;

/// Lets few uploads in at once, as each is held in memory.
pub(crate) struct Uploads {
    permits: Arc<Semaphore>,
    shares: Arc<Shares>,
}

/// An upload's place, to be held for as long as it is in memory.
pub(super) struct UploadPermit {
    _one_of_all: OwnedSemaphorePermit,
    _one_of_its_address: Share,
}

impl Uploads {
    pub(crate) fn new() -> Self {
        Self { permits: Arc::new(Semaphore::new(AT_ONCE)), shares: Shares::new(OF_AN_ADDRESS) }
    }

    /// A place for an upload from this address, if there is one.
    pub(super) fn permit(&self, address: IpAddr) -> Option<UploadPermit> {
        Some(UploadPermit {
            _one_of_its_address: self.shares.take(address_key(address))?,
            _one_of_all: Arc::clone(&self.permits).try_acquire_owned().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn one_address_leaves_room_for_another() {
        let uploads = Uploads::new();
        let all_of = |last| -> Vec<UploadPermit> {
            (0..9).map_while(|_| uploads.permit(Ipv4Addr::new(192, 0, 2, last).into())).collect()
        };
        let first = all_of(1);
        assert_eq!((first.len(), all_of(2).len()), (6, 2));
        drop(first);
        assert_eq!(all_of(2).len(), 6);
    }
}
