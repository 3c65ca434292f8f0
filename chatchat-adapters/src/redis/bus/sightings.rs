//! What nodes have seen of messages, as they tell each other.

use std::str::FromStr;

use chatchat_domain::conversation::{ClientId, Seq};
use chatchat_domain::trail::{MessagePlace, Question, Seen, Sighting, Step};
use chatchat_domain::{ConversationId, Timestamp};
use serde::{Deserialize, Serialize};

/// A conversation and a place in it.
#[derive(Serialize, Deserialize)]
struct PlaceJson(String, u64);

impl From<MessagePlace> for PlaceJson {
    fn from(place: MessagePlace) -> Self {
        Self(place.conversation.to_string(), place.seq.0)
    }
}

impl PlaceJson {
    fn place(&self) -> Option<MessagePlace> {
        Some(MessagePlace { conversation: ConversationId::from_str(&self.0).ok()?, seq: Seq(self.1) })
    }
}

/// What is asked.
#[derive(Serialize, Deserialize)]
pub(super) struct QuestionJson {
    client_id: String,
    places: Vec<PlaceJson>,
}

impl From<&Question> for QuestionJson {
    fn from(question: &Question) -> Self {
        let places = question.places.iter().copied().map(PlaceJson::from).collect();
        Self { client_id: question.client_id.as_str().to_owned(), places }
    }
}

impl QuestionJson {
    /// Nothing if nobody asks so.
    pub(super) fn question(&self) -> Option<Question> {
        let places = self.places.iter().map(PlaceJson::place).collect::<Option<_>>()?;
        Some(Question { client_id: ClientId::new(&self.client_id).ok()?, places })
    }
}

/// What was seen: the message, the moment in microseconds, and the step.
#[derive(Serialize, Deserialize)]
pub(super) struct SeenJson(PlaceJson, i64, StepJson);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StepJson {
    Accepted(String),
    Committed,
    Published,
    Delivered(String, String),
    Acknowledged(String),
    Read(String),
}

impl From<Sighting> for SeenJson {
    fn from(Sighting { message, at, step }: Sighting) -> Self {
        let step = match step {
            Step::Accepted { session } => StepJson::Accepted(session.to_string()),
            Step::Committed => StepJson::Committed,
            Step::Published => StepJson::Published,
            Step::Delivered { user, session } => StepJson::Delivered(user.to_string(), session.to_string()),
            Step::Acknowledged { session } => StepJson::Acknowledged(session.to_string()),
            Step::Read { user } => StepJson::Read(user.to_string()),
        };
        Self(message.into(), at.unix_micros(), step)
    }
}

impl SeenJson {
    /// As `node` has seen it; nothing if nobody sees so.
    pub(super) fn seen_by(self, node: &str) -> Option<Seen> {
        let step = match self.2 {
            StepJson::Accepted(session) => Step::Accepted { session: id(&session)? },
            StepJson::Committed => Step::Committed,
            StepJson::Published => Step::Published,
            StepJson::Delivered(user, session) => {
                Step::Delivered { user: id(&user)?, session: id(&session)? }
            }
            StepJson::Acknowledged(session) => Step::Acknowledged { session: id(&session)? },
            StepJson::Read(user) => Step::Read { user: id(&user)? },
        };
        let at = Timestamp::from_unix_micros(self.1);
        Some(Seen { node: node.to_owned(), sighting: Sighting { message: self.0.place()?, at, step } })
    }
}

fn id<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}
