//! Who says what this node has seen of messages.

use std::sync::{Arc, OnceLock};

use chatchat_domain::trail::{Question, Seen, Witness};

/// How many sightings one node tells of: a message to a large group is seen very often.
const MAX_SIGHTINGS: usize = 2_000;

/// The witness of this process, once it has one.
#[derive(Clone, Default)]
pub(crate) struct OwnWitness(Arc<OnceLock<Arc<dyn Witness>>>);

impl OwnWitness {
    /// From now on, `witness` is asked. There is one: a second one is not heard.
    pub(crate) fn attach(&self, witness: Arc<dyn Witness>) {
        let _there_is_one = self.0.set(witness);
    }

    /// What is remembered here, told as `node`.
    pub(crate) fn recall(&self, node: &str, question: &Question) -> Vec<Seen> {
        let sightings = self.0.get().map(|witness| witness.recall(question)).unwrap_or_default();
        let seen = |sighting| Seen { node: node.to_owned(), sighting };
        sightings.into_iter().take(MAX_SIGHTINGS).map(seen).collect()
    }
}
