use async_trait::async_trait;
use chatchat_domain::account::{CODE_LIFETIME, CodePurpose, CodeStore, EmailAddress, StoredCode};
use chatchat_domain::{Error, Timestamp};
use moka::ops::compute::Op;
use moka::policy::EvictionPolicy;
use moka::sync::Cache as Moka;
use subtle::ConstantTimeEq as _;

/// How many codes are kept at once; the oldest go first. About 30 MB.
const CODES: u64 = 100_000;

/// Keeps codes in this process. A restart forgets them: people ask for another one.
#[derive(Debug)]
pub struct MemoryCodes {
    codes: Moka<(String, CodePurpose), Kept>,
}

#[derive(Debug, Clone, Copy)]
struct Kept {
    code: StoredCode,
    wrong_tries: u32,
}

impl Kept {
    fn may_be_tried(&self, tries: u32, now: Timestamp) -> bool {
        self.wrong_tries < tries && now.since(self.code.created_at) < CODE_LIFETIME
    }
}

impl MemoryCodes {
    /// No code is kept.
    pub fn new() -> Self {
        let codes = Moka::builder()
            .max_capacity(CODES)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_live(CODE_LIFETIME)
            .build();
        Self { codes }
    }
}

impl Default for MemoryCodes {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl CodeStore for MemoryCodes {
    async fn keep(&self, email: &EmailAddress, purpose: CodePurpose, code: StoredCode) -> Result<(), Error> {
        self.codes.insert((email.key(), purpose), Kept { code, wrong_tries: 0 });
        Ok(())
    }

    async fn redeem(
        &self,
        email: &EmailAddress,
        purpose: CodePurpose,
        hash: [u8; 32],
        tries: u32,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let mut redeemed = false;
        // One at a time for each code, so that it is used up once and no try is lost.
        self.codes.entry((email.key(), purpose)).and_compute_with(|entry| {
            let Some(kept) = entry.map(|entry| *entry.value()) else { return Op::Nop };
            if !kept.may_be_tried(tries, now) {
                return Op::Remove;
            }
            redeemed = kept.code.hash.ct_eq(&hash).into();
            if redeemed { Op::Remove } else { Op::Put(Kept { wrong_tries: kept.wrong_tries + 1, ..kept }) }
        });
        Ok(redeemed)
    }

    async fn forget(&self, email: &EmailAddress) -> Result<(), Error> {
        for purpose in CodePurpose::ALL {
            self.codes.invalidate(&(email.key(), purpose));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use tokio::runtime::Builder;

    use super::*;

    #[test]
    fn of_many_threads_one_redeems() {
        let codes = MemoryCodes::new();
        let ann = EmailAddress::new("ann@example.com").unwrap();
        let now = Timestamp::from_unix_micros(1);
        let run = || Builder::new_current_thread().build().unwrap();
        let code = StoredCode { hash: [7; 32], created_at: now };
        for _ in 0..100 {
            run().block_on(codes.keep(&ann, CodePurpose::Register, code)).unwrap();
            let redeem =
                || run().block_on(codes.redeem(&ann, CodePurpose::Register, [7; 32], 5, now)).unwrap();
            let winners = thread::scope(|scope| {
                let racers: Vec<_> = (0..4).map(|_| scope.spawn(redeem)).collect();
                racers.into_iter().map(|racer| racer.join().unwrap()).filter(|won| *won).count()
            });
            assert_eq!(winners, 1);
        }
    }
}
