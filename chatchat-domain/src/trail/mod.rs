//! Where is my message: what became of one, step by step, as the nodes of the service have seen it.
//!
//! Each node remembers for a while what passed through it ([`Witness`]), in memory and within bounds: nothing is written
//! for it, and sending waits for nothing. Who asks gets what all nodes still know ([`Witnesses`]) beside what the store
//! says ([`TrailRepository`]), which forgets nothing.

mod model;
mod ports;
mod service;
#[cfg(test)]
mod tests;

pub use model::{
    MAX_READERS, MessagePlace, Question, Seen, Sighting, Step, Testimony, Traced, Trail, Trails,
};
#[cfg(any(test, feature = "mocks"))]
pub use ports::{MockTrailRepository, MockWitness, MockWitnesses};
pub use ports::{TrailRepository, Witness, Witnesses};
pub use service::TrailService;
