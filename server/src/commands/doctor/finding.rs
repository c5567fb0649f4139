//! What a check found.

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Good,
    /// Works, with a drawback.
    Note,
    /// Does not work, or will not for long.
    Fault,
}

impl State {
    /// For people.
    pub(super) fn mark(self) -> &'static str {
        match self {
            Self::Fault => "FAULT",
            state => state.word(),
        }
    }

    /// For machines.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Note => "note",
            Self::Fault => "fault",
        }
    }
}

/// A state, and a sentence: what is so, and how to mend it where it is not right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) state: State,
    pub(super) text: String,
}

impl Finding {
    pub(super) fn good(text: impl ToString) -> Self {
        Self { state: State::Good, text: text.to_string() }
    }

    pub(super) fn note(text: impl ToString) -> Self {
        Self { state: State::Note, text: text.to_string() }
    }

    pub(super) fn fault(text: impl ToString) -> Self {
        Self { state: State::Fault, text: text.to_string() }
    }
}
