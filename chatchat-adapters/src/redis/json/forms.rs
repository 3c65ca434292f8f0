//! Values in the places where they stand: what is written as a string, and what the store has a form for.

use std::str::FromStr as _;

use chatchat_domain::account::{Bio, UserName};
use chatchat_domain::conversation::{ClientId, MessageText};
use chatchat_domain::friend::{Note, Remark};
use chatchat_domain::group::{Description, GroupName, History, JoinPolicy, Role};
use chatchat_domain::ports::ObjectKey;
use chatchat_domain::{ConversationId, FriendRequestId, GroupId, SessionId, Timestamp, UserId};

/// What is written as a string.
pub(super) trait Text: Sized {
    fn write(&self) -> String;
    fn read(text: &str) -> Result<Self, String>;
}

macro_rules! texts {
    ($($name:ident: $write:ident, $read:ident;)*) => {$(
        impl Text for $name {
            fn write(&self) -> String {
                self.$write().into()
            }

            fn read(text: &str) -> Result<Self, String> {
                Self::$read(text).map_err(|error| error.to_string())
            }
        }
    )*};
}

texts! {
    UserId: to_string, from_str;
    SessionId: to_string, from_str;
    FriendRequestId: to_string, from_str;
    ConversationId: to_string, from_str;
    GroupId: to_string, from_str;
    ObjectKey: as_str, from_str;
    UserName: as_str, new;
    Bio: as_str, new;
    Note: as_str, new;
    Remark: as_str, new;
    GroupName: as_str, new;
    Description: as_str, new;
    MessageText: as_str, new;
    ClientId: as_str, new;
    Role: as_str, parse;
    JoinPolicy: as_str, parse;
    History: as_str, parse;
}

impl Text for Timestamp {
    fn write(&self) -> String {
        self.unix_micros().to_string()
    }

    fn read(text: &str) -> Result<Self, String> {
        text.parse().map(Self::from_unix_micros).map_err(|_| "no moment".to_owned())
    }
}

pub(super) mod text {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::Text;

    pub(in crate::redis::json) fn serialize<T: Text, S: Serializer>(
        value: &T,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(&value.write())
    }

    pub(in crate::redis::json) fn deserialize<'de, T: Text, D: Deserializer<'de>>(
        from: D,
    ) -> Result<T, D::Error> {
        T::read(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

pub(super) mod maybe_text {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use super::Text;

    pub(in crate::redis::json) fn serialize<T: Text, S: Serializer>(
        value: &Option<T>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().map(T::write).serialize(to)
    }

    pub(in crate::redis::json) fn deserialize<'de, T: Text, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<T>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| T::read(&text)).transpose().map_err(D::Error::custom)
    }
}

pub(super) mod texts {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::Text;

    pub(in crate::redis::json) fn serialize<T: Text, S: Serializer>(
        values: &[T],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_seq(values.iter().map(T::write))
    }

    pub(in crate::redis::json) fn deserialize<'de, T: Text, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<T>, D::Error> {
        let texts = Vec::<String>::deserialize(from)?;
        texts.iter().map(|text| T::read(text)).collect::<Result<_, _>>().map_err(D::Error::custom)
    }
}

/// Content as the store keeps it: what it is, and what it says.
pub(super) mod content {
    use chatchat_domain::conversation::Content;
    use serde::de::Error as _;
    use serde::ser::Error as _;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use crate::stored::content::{decode, encode};

    pub(in crate::redis::json) fn serialize<S: Serializer>(
        content: &Content,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        encode(content).map_err(S::Error::custom)?.serialize(to)
    }

    pub(in crate::redis::json) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Content, D::Error> {
        let (kind, body) = <(String, String)>::deserialize(from)?;
        decode(&kind, &body).map_err(D::Error::custom)
    }
}

pub(super) mod maybe_seq {
    use chatchat_domain::conversation::Seq;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(in crate::redis::json) fn serialize<S: Serializer>(
        seq: &Option<Seq>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        seq.map(|seq| seq.0).serialize(to)
    }

    pub(in crate::redis::json) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Seq>, D::Error> {
        Ok(Option::deserialize(from)?.map(Seq))
    }
}

pub(super) mod mentions {
    use chatchat_domain::conversation::Mentions;
    use serde::de::Error as _;
    use serde::{Deserializer, Serializer};

    use super::texts;

    pub(in crate::redis::json) fn serialize<S: Serializer>(
        mentions: &Mentions,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        texts::serialize(mentions.as_slice(), to)
    }

    pub(in crate::redis::json) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Mentions, D::Error> {
        Mentions::new(texts::deserialize(from)?).map_err(D::Error::custom)
    }
}

/// Reactions as the store keeps them.
pub(super) mod reactions {
    use chatchat_domain::conversation::Reaction;
    use serde::de::Error as _;
    use serde::ser::Error as _;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use crate::stored::reactions::{decode, encode};

    pub(in crate::redis::json) fn serialize<S: Serializer>(
        reactions: &[Reaction],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        encode(reactions).map_err(S::Error::custom)?.serialize(to)
    }

    pub(in crate::redis::json) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<Reaction>, D::Error> {
        decode(Option::<String>::deserialize(from)?.as_deref()).map_err(D::Error::custom)
    }
}
