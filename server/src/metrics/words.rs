//! The closed words by which steps, uses and results are counted.

/// A step of a call, as histograms and traces know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The signature is checked; a failed one is diagnosed.
    Verify,
    /// The bindings are read, with the workspace's revision.
    Match,
    /// The call becomes durable, with the wait for a group commit.
    Record,
    /// A delivery waits for its turn at its provider.
    Turn,
    /// The answer waits for the devices, as the workspace's rule says.
    Wait,
}

impl Step {
    pub(super) const ALL: [Self; 5] = [Self::Verify, Self::Match, Self::Record, Self::Turn, Self::Wait];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Match => "match",
            Self::Record => "record",
            Self::Turn => "turn",
            Self::Wait => "wait",
        }
    }
}

/// What the database is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// A connection to read.
    Read,
    /// A connection, or the writer's turn, to write.
    Write,
}

/// What a try to send a mail came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mailed {
    Sent,
    Later,
    GivenUp,
}

impl Mailed {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Later => "later",
            Self::GivenUp => "given_up",
        }
    }
}
