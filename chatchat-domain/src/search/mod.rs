//! Messages by what they say: any part of any word, in any script.
//!
//! An index of words or of pairs of characters would cost many times what a message costs itself. So messages are
//! searched in blocks of 128, newest first, and each full block has a [`Signature`]: a few bits for each pair of
//! characters in its texts (a Bloom filter), made once, after the fact. A search reads only the blocks whose signature
//! says that the words may be in them, and the newest messages, which are in no full block yet. So what was just sent is
//! found at once, and sending waits for no index.

mod block;
mod ports;
mod query;
mod service;
mod signature;
#[cfg(test)]
mod tests;

pub use block::Block;
#[cfg(any(test, feature = "mocks"))]
pub use ports::MockMessageIndex;
pub use ports::{Found, MessageIndex};
pub use query::MessageQuery;
pub use service::SearchService;
pub use signature::Signature;
