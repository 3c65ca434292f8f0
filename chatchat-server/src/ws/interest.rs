//! What this node listens for on the bus: a topic, for as long as this value lives.

use std::sync::Arc;

use chatchat_domain::ports::{EventSource, Topic};

pub(super) struct Interest {
    source: Arc<dyn EventSource>,
    topic: Topic,
}

impl Interest {
    /// From now on the topic is listened for.
    pub(super) fn in_topic(source: &Arc<dyn EventSource>, topic: Topic) -> Self {
        source.want(topic);
        Self { source: Arc::clone(source), topic }
    }
}

impl Drop for Interest {
    fn drop(&mut self) {
        self.source.release(self.topic);
    }
}
