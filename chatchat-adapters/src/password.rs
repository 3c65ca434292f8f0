//! Passwords, hashed with bcrypt.

use std::thread;

use async_trait::async_trait;
use chatchat_domain::Error;
use chatchat_domain::account::{Password, PasswordHash};
use chatchat_domain::ports::PasswordHasher;

use crate::blocking::Gate;

/// How many may wait for their turn: with 4 cores and cost 12, the last of them for about 16 s.
const WAITING: usize = 256;

/// The same where one goes at a time.
const WAITING_FOR_ONE: usize = 32;

/// Hashes with bcrypt, as many at once as the machine has cores.
#[derive(Debug)]
pub struct Bcrypt {
    cost: u32,
    gate: Gate,
}

impl Bcrypt {
    /// Hashes with this cost, from 4 to 31; each step doubles the work.
    pub fn new(cost: u32) -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self { cost, gate: Gate::new(cores, WAITING) }
    }

    /// The same for what must not keep others from the cores.
    pub fn one_at_a_time(cost: u32) -> Self {
        Self { cost, gate: Gate::new(1, WAITING_FOR_ONE) }
    }

    /// A well-formed hash that is nobody's, and costs as much to check as any other.
    fn nobodys_hash(&self) -> PasswordHash {
        PasswordHash::new(format!("$2b${:02}${}", self.cost, ".".repeat(53)))
    }
}

#[async_trait]
impl PasswordHasher for Bcrypt {
    async fn hash(&self, password: Password) -> Result<PasswordHash, Error> {
        let cost = self.cost;
        // `non_truncating_hash` refuses 72 bytes too; nothing is cut, because a `Password` has no more.
        let hashed = self.gate.run(move || bcrypt::hash(password.expose(), cost)).await?;
        hashed.map(PasswordHash::new).map_err(internal)
    }

    async fn verify(&self, password: Password, hash: Option<PasswordHash>) -> Result<bool, Error> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobodys_hash());
        let verified = self.gate.run(move || bcrypt::verify(password.expose(), hash.expose())).await?;
        Ok(verified.map_err(internal)? && known)
    }
}

fn internal(error: bcrypt::BcryptError) -> Error {
    Error::Internal(format!("bcrypt: {error}"))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn password(text: &str) -> Password {
        Password::new(text).unwrap()
    }

    #[tokio::test]
    async fn the_cost_stands_in_the_hash() {
        let hash = Bcrypt::new(5).hash(password("correct horse")).await.unwrap();
        assert!(hash.expose().starts_with("$2b$05$"));
    }

    #[tokio::test]
    async fn nobodys_password_takes_as_long_to_check() {
        let bcrypt = Bcrypt::new(9);
        let somebodys = bcrypt.hash(password("correct horse")).await.unwrap();
        let mut fastest = [Duration::MAX; 2];
        for _ in 0..5 {
            for (hash, fastest) in [Some(somebodys.clone()), None].into_iter().zip(&mut fastest) {
                let start = Instant::now();
                assert!(!bcrypt.verify(password("battery staple"), hash).await.unwrap());
                *fastest = start.elapsed().min(*fastest);
            }
        }
        assert!(fastest[1] > fastest[0] / 2, "{fastest:?}");
    }

    #[tokio::test]
    async fn what_is_no_hash_is_a_defect() {
        let verified =
            Bcrypt::new(4).verify(password("correct horse"), Some(PasswordHash::new("?".into()))).await;
        assert!(matches!(verified, Err(Error::Internal(_))));
    }
}
