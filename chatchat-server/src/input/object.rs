use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use crate::problem::{self, Problem};

/// A JSON object and nothing else: serde by itself would also take the fields of a struct from an array.
#[derive(Debug)]
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(fields))
            }
        }

        deserializer.deserialize_map(Fields(PhantomData)).map(Self)
    }
}

/// Tells where, but nothing of what stands there.
pub(crate) fn malformed(error: &serde_json::Error) -> Problem {
    let what = if error.is_data() { "A value has a wrong type" } else { "This is no JSON" };
    let detail = format!("{what}, at line {} column {}.", error.line(), error.column());
    Problem::new(problem::MALFORMED_REQUEST, detail)
}
