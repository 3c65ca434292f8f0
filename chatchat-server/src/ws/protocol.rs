//! The frames: one JSON object each, in three shapes (client operation, reply, event).

use actix_ws::{CloseCode, CloseReason};
use bytestring::ByteString;
use chatchat_adapters::trace::TraceContext;
use chatchat_domain::ConversationId;
use chatchat_domain::conversation::Rev;
use chatchat_domain::event::UserRev;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::input::{Object, malformed};
use crate::problem::Problem;
use crate::traffic::Class;

/// The subprotocol's name.
pub(crate) const SUBPROTOCOL: &str = "chatchat.v1.json";
/// The largest frame a client may send.
pub(crate) const MAX_FRAME: usize = 64 * 1024;

/// Why the server closes a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Close {
    ShuttingDown,
    FrameTooBig,
    NotAuthenticated,
    ProtocolError,
    SessionEnded,
    RateLimited,
    TooSlow,
}

impl Close {
    const ALL: [Self; 7] = [
        Self::ShuttingDown,
        Self::FrameTooBig,
        Self::NotAuthenticated,
        Self::ProtocolError,
        Self::SessionEnded,
        Self::RateLimited,
        Self::TooSlow,
    ];

    /// The code that the client sees.
    pub(super) const fn code(self) -> u16 {
        self.code_and_meaning().0
    }

    const fn code_and_meaning(self) -> (u16, &'static str) {
        match self {
            Self::ShuttingDown => (1001, "shutting down"),
            Self::FrameTooBig => (1009, "frame too big"),
            Self::NotAuthenticated => (4001, "not authenticated"),
            Self::ProtocolError => (4002, "protocol error"),
            Self::SessionEnded => (4003, "session ended"),
            Self::RateLimited => (4008, "rate limited"),
            Self::TooSlow => (4009, "too slow"),
        }
    }
}

/// Each close code, and what it means.
pub(crate) fn close_codes() -> [(u16, &'static str); 7] {
    Close::ALL.map(Close::code_and_meaning)
}

impl From<Close> for CloseReason {
    fn from(close: Close) -> Self {
        let (code, description) = close.code_and_meaning();
        Self { code: CloseCode::from(code), description: Some(description.to_owned()) }
    }
}

/// What a client wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Op {
    Hello,
    Auth,
    Send,
    Edit,
    Recall,
    React,
    Unreact,
    Sync,
    Read,
    Typing,
    Ping,
    #[serde(other)]
    Unknown,
}

impl Op {
    /// Its name, as clients say it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::Auth => "auth",
            Self::Send => "send",
            Self::Edit => "edit",
            Self::Recall => "recall",
            Self::React => "react",
            Self::Unreact => "unreact",
            Self::Sync => "sync",
            Self::Read => "read",
            Self::Typing => "typing",
            Self::Ping => "ping",
            Self::Unknown => "unknown",
        }
    }

    /// What it is, of all traffic.
    pub(super) fn class(self) -> Class {
        match self {
            Self::Send | Self::Edit | Self::Recall | Self::React | Self::Unreact => Class::Send,
            Self::Hello | Self::Auth | Self::Sync | Self::Read | Self::Typing => Class::Read,
            Self::Ping | Self::Unknown => Class::Service,
        }
    }

    /// Whether the answer may be large: only one such runs at a time for a socket.
    pub(super) fn is_bulky(self) -> bool {
        matches!(self, Self::Hello | Self::Sync)
    }
}

/// What a client sends.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) op: Op,
    pub(super) id: Option<String>,
    /// Where the client has come to in a trace.
    pub(super) trace: Option<TraceContext>,
    data: ByteString,
}

impl Request {
    /// The frame's request, if it is one.
    pub(super) fn parse(frame: &ByteString) -> Option<Self> {
        #[derive(Deserialize)]
        struct Envelope<'a> {
            op: Op,
            id: Option<String>,
            #[serde(borrow)]
            data: Option<&'a RawValue>,
            #[serde(borrow)]
            traceparent: Option<&'a RawValue>,
        }
        let Envelope { op, id, data, traceparent } = serde_json::from_str(frame).ok()?;
        let trace = traceparent.and_then(|text| serde_json::from_str::<&str>(text.get()).ok()?.parse().ok());
        let data = data.map_or(ByteString::from_static("{}"), |data| frame.slice_ref(data.get()));
        Some(Self { op, id, trace, data })
    }

    /// The operation's data; an absent object is an empty one.
    ///
    /// # Errors
    /// `malformed_request` when it has not the operation's shape.
    pub(super) fn data<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let data: Object<T> = serde_json::from_str(&self.data).map_err(|error| malformed(&error))?;
        Ok(data.0)
    }
}

/// What an operation answers: JSON, or why not.
pub(super) type Outcome = Result<String, Problem>;

/// JSON of a value that always has one.
pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

/// What a request is called in the log and in problems: after its connection, and its id if it has one.
pub(super) fn request_id(connection: u64, id: Option<&str>) -> String {
    match id {
        Some(id) => format!("ws-{connection}-{id}"),
        None => format!("ws-{connection}"),
    }
}

/// The reply to the request with this id, on the connection that calls itself `connection`.
pub(super) fn reply(id: &str, connection: u64, outcome: &Outcome) -> ByteString {
    let id_json = json(&id);
    match outcome {
        Ok(data) => format!(r#"{{"op":"reply","id":{id_json},"ok":true,"data":{data}}}"#),
        Err(problem) => {
            let request_id = request_id(connection, Some(id));
            let problem = json(&problem.body(&request_id));
            format!(r#"{{"op":"reply","id":{id_json},"ok":false,"problem":{problem}}}"#)
        }
    }
    .into()
}

/// Where an event belongs: a place in a stream, or nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Conversation(ConversationId, Rev),
    Personal(UserRev),
    Ephemeral,
}

/// The frame of an event.
pub(super) fn event(name: &str, place: Place, data: &impl Serialize) -> ByteString {
    #[derive(Serialize)]
    struct Frame<'a, T> {
        op: &'static str,
        event: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        conversation_id: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        rev: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        user_rev: Option<u64>,
        data: &'a T,
    }
    let (conversation_id, rev, user_rev) = match place {
        Place::Conversation(conversation, rev) => (Some(conversation.to_string()), Some(rev.0), None),
        Place::Personal(rev) => (None, None, Some(rev.0)),
        Place::Ephemeral => (None, None, None),
    };
    json(&Frame { op: "event", event: name, conversation_id, rev, user_rev, data }).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_needs_an_op_and_nothing_else() {
        let parse = |frame: &'static str| Request::parse(&ByteString::from_static(frame));
        assert_eq!(parse(r#"{"op":"ping"}"#).map(|request| request.op), Some(Op::Ping));
        assert!(parse(r#"{"op":"ping","id":"7","data":{},"more":1}"#).is_some());
        assert_eq!(parse(r#"{"op":"dance"}"#).map(|request| request.op), Some(Op::Unknown));
        for frame in ["", "7", "[]", "{}", r#"{"op":7}"#, r#"{"op":"ping","id":7}"#, r#"{"op":"ping""#] {
            assert!(parse(frame).is_none(), "{frame}");
        }
    }

    #[test]
    fn what_is_no_traceparent_is_passed_over() {
        let trace = |traceparent: &str| {
            let frame = format!(r#"{{"op":"ping","traceparent":{traceparent}}}"#);
            Request::parse(&frame.into()).unwrap().trace
        };
        assert!(trace(r#""00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01""#).is_some());
        for traceparent in ["7", "null", "{}", r#""""#, r#""00-\u0034""#] {
            assert_eq!(trace(traceparent), None, "{traceparent}");
        }
    }

    #[test]
    fn a_reply_repeats_the_id_as_it_was_sent() {
        let frame = reply("a\"b", 1, &Ok("{}".to_owned()));
        assert_eq!(&*frame, r#"{"op":"reply","id":"a\"b","ok":true,"data":{}}"#);
    }
}
