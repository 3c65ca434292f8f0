//! From what a request says to what the rules take, over HTTP and WebSocket alike: every violation is told, not
//! only the first.

mod message;
mod object;

use std::str::FromStr;

use chatchat_domain::{Error, Refusal, Timestamp, Violation};
use serde::{Deserialize, Deserializer};

pub(crate) use message::{ContentInput, MessageInput, text};
pub(crate) use object::{Object, malformed};

use crate::problem::Problem;

/// A value that was parsed, or the rule it breaks.
pub(crate) type Checked<T> = Result<T, Violation>;

/// A field that must be there.
pub(crate) fn required<T>(field: &str, value: Option<T>) -> Checked<T> {
    value.ok_or_else(|| Violation::new(field, "required", "is missing"))
}

/// A field of a change: absent, null, or a value. For `#[serde(default, deserialize_with = "nullable")]`.
pub(crate) fn nullable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// An id in a body or a query; one that is malformed names nothing.
pub(crate) fn id<T: FromStr>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Refusal::NotFound.into())
}

/// A number from 0 on.
pub(crate) fn natural(field: &str, number: i64) -> Checked<u64> {
    u64::try_from(number).map_err(|_| Violation::new(field, "out_of_range", "must not be negative"))
}

/// A number in a query.
pub(crate) fn number(field: &str, text: &str) -> Checked<i64> {
    text.parse().map_err(|_| Violation::new(field, "not_a_number", "must be a whole number"))
}

/// A moment, as RFC 3339 writes it.
pub(crate) fn moment(field: &str, text: &str) -> Checked<Timestamp> {
    let parsed =
        text.parse::<jiff::Timestamp>().map(|moment| Timestamp::from_unix_micros(moment.as_microsecond()));
    parsed.map_err(|_| Violation::new(field, "not_a_moment", "must be a moment as RFC 3339 writes it"))
}

/// Several checked values.
pub(crate) trait All {
    /// All values.
    type Values;

    /// All values, or all violations as one problem.
    fn all(self) -> Result<Self::Values, Problem>;
}

macro_rules! all {
    ($($value:ident)+) => {
        impl<$($value),+> All for ($(Checked<$value>,)+) {
            type Values = ($($value,)+);

            #[allow(non_snake_case, reason = "a type and its value share their name")]
            fn all(self) -> Result<Self::Values, Problem> {
                match self {
                    ($(Ok($value),)+) => Ok(($($value,)+)),
                    ($($value,)+) => {
                        let violations = [$($value.err()),+].into_iter().flatten().collect();
                        Err(Error::Invalid(violations).into())
                    }
                }
            }
        }
    };
}

all! { A B }
all! { A B C }
all! { A B C D }
all! { A B C D E }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_violation_is_told() {
        let problem = (required::<()>("email", None), Ok(1), required::<()>("code", None)).all().unwrap_err();
        let body = serde_json::to_value(problem.body("")).unwrap();
        let fields: Vec<_> = body["errors"].as_array().unwrap().iter().map(|error| &error["field"]).collect();
        assert_eq!(fields, ["email", "code"]);
    }
}
