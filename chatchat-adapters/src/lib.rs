//! The outside world of chatchat behind the domain's ports.

pub mod sql;
