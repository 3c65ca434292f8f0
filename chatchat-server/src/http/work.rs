use chatchat_domain::Error;
use tracing::Instrument as _;

use crate::problem::{self, Problem};

/// Does `work` to its end, even if the client goes away in the middle of it.
///
/// A handler's future is dropped when its client disconnects. Work that writes must not be: between its commit
/// and what it tells the world there is a moment at which the future can be dropped, and then nobody would be told.
pub(super) async fn detached<T: Send + 'static>(
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::spawn(work.in_current_span()).await {
        Ok(done) => Ok(done?),
        Err(_panic) => Err(Problem::new(problem::INTERNAL, "")),
    }
}
