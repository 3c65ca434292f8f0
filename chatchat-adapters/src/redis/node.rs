use std::sync::Arc;

use chatchat_domain::ports::Random as _;

use crate::system::SystemRandom;

/// Tells this node from others: 16 hexadecimal digits, other ones after each start.
#[derive(Debug, Clone)]
pub(super) struct NodeId(Arc<str>);

impl NodeId {
    pub(super) const LENGTH: usize = 16;

    pub(super) fn fresh() -> Self {
        let mut bytes = [0; 8];
        SystemRandom.fill(&mut bytes);
        Self(format!("{:016x}", u64::from_be_bytes(bytes)).into())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}
