//! Conversations, direct and group: messages, history, changes, read cursors.

mod model;
mod ports;
mod service;
#[cfg(test)]
mod tests;

pub use model::{
    Appended, Changes, ClientId, Content, Conversation, ConversationKind, Draft, Head, HistoryPage, Message,
    MessageText, Notice, ReadCursor, Rev, Seq, Snapshot, StreamPart, Window,
};
pub use ports::{ConversationRepository, MessageLog, ReadMoved};
#[cfg(any(test, feature = "mocks"))]
pub use ports::{MockConversationRepository, MockMessageLog};
pub use service::{ConversationService, MAX_CHANGES, TYPING_EVERY};
