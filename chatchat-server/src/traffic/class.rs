/// What kind of thing a request or an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Class {
    /// What operators and their machines ask.
    Service,
    /// Messages, and what becomes of them.
    Send,
    /// Everything that tries a password.
    LogIn,
    /// Mailed codes: asking for them, and trying them.
    Code,
    /// All other writing.
    Change,
    /// All other reading.
    Read,
    /// Images and files.
    Upload,
    /// Finding people, groups and messages.
    Search,
    /// All that is held about somebody.
    Export,
}

impl Class {
    /// All of them, what goes on longest first.
    pub(crate) const ALL: [Self; 9] = [
        Self::Service,
        Self::Send,
        Self::LogIn,
        Self::Code,
        Self::Change,
        Self::Read,
        Self::Upload,
        Self::Search,
        Self::Export,
    ];

    /// Its name in settings and metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Send => "send",
            Self::LogIn => "log_in",
            Self::Code => "code",
            Self::Change => "change",
            Self::Read => "read",
            Self::Upload => "upload",
            Self::Search => "search",
            Self::Export => "export",
        }
    }

    /// How much of the room must be left for something of this class to be let in, in percent; nothing keeps out what
    /// operators ask.
    pub(super) const fn keeps_free(self) -> Option<usize> {
        match self {
            Self::Service => None,
            Self::Send => Some(0),
            Self::LogIn | Self::Code | Self::Change => Some(10),
            Self::Read => Some(20),
            Self::Upload => Some(40),
            Self::Search | Self::Export => Some(50),
        }
    }
}
