//! Conversations, direct and group: messages, history, changes, read cursors.

mod emoji;
mod message;
mod model;
mod permission;
mod ports;
mod rev;
mod service;
#[cfg(test)]
mod tests;

pub use emoji::Emoji;
pub use message::{
    Appended, Body, ClientId, Content, Draft, Mentions, Message, MessageText, NewContent, NewMessage, Notice,
    Reaction,
};
pub use model::{
    Changes, Conversation, ConversationKind, ConversationSettings, Head, HistoryPage, ReadCursor, Seq,
    SettingsChange, Snapshot, StreamPart, Window,
};
pub use permission::{Action, Standing, may_recall};
pub use ports::{ConversationRepository, MessageLog, MessageRepository, ReadMoved};
#[cfg(any(test, feature = "mocks"))]
pub use ports::{MockConversationRepository, MockMessageLog, MockMessageRepository};
pub use rev::Rev;
pub use service::{ConversationService, MAX_CHANGES, TYPING_EVERY};
