use std::path::Path;
use std::{fmt, io};

/// Why a service does not start: what is wrong with which setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {reason}")]
pub struct OpenError {
    /// The setting, as the contract names it.
    pub setting: &'static str,
    /// What is wrong; one line, never with a secret.
    pub reason: String,
}

impl OpenError {
    pub(super) fn new(setting: &'static str, reason: impl fmt::Display) -> Self {
        Self { setting, reason: reason.to_string().replace(['\r', '\n'], " ") }
    }

    pub(super) fn folder(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::new("server.data_dir", format!("cannot use {}: {error}", path.display()))
    }
}
