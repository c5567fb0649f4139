//! The workspace's own settings.

use poem_openapi::Object;
use serde::Deserialize;

use crate::{
    values::{given, given_whole},
    words::AnswerRule,
};

/// The workspace that the API key belongs to.
#[derive(Object, Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// `wsp_…`
    pub id: String,
    /// A name for people.
    pub name: String,
    /// When a webhook is answered 200.
    pub answer: AnswerRule,
    /// With `accepted`: the latest moment of the answer, in milliseconds.
    pub answer_within_ms: u32,
    /// A call older than so many seconds is not tried any more.
    pub ring_ttl_seconds: u32,
    /// How long the log is kept, in days.
    pub retention_days: u32,
    /// The IANA name in which the dashboard shows times.
    pub time_zone: String,
}

/// A merge patch of the workspace: what is absent stays; nothing here can be removed.
#[derive(Object, Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[oai(deny_unknown_fields)]
pub struct WorkspacePatch {
    /// A name for people that does not look like a link: neither `://` nor `www.` in it.
    #[serde(deserialize_with = "given")]
    #[oai(validator(min_length = 1, max_length = 100))]
    pub name: Option<String>,
    /// When a webhook is answered 200.
    #[serde(deserialize_with = "given")]
    pub answer: Option<AnswerRule>,
    /// With `accepted`: the latest moment of the answer, in milliseconds.
    #[serde(deserialize_with = "given_whole::<_, 0, 10000>")]
    #[oai(validator(maximum(value = "10000")))]
    pub answer_within_ms: Option<u32>,
    /// A call older than so many seconds is not tried any more: 5 to 120.
    #[serde(deserialize_with = "given_whole::<_, 5, 120>")]
    #[oai(validator(minimum(value = "5"), maximum(value = "120")))]
    pub ring_ttl_seconds: Option<u32>,
    /// How long the log is kept, in days: 1 to 365.
    #[serde(deserialize_with = "given_whole::<_, 1, 365>")]
    #[oai(validator(minimum(value = "1"), maximum(value = "365")))]
    pub retention_days: Option<u32>,
    /// The IANA name in which the dashboard shows times.
    #[serde(deserialize_with = "given")]
    pub time_zone: Option<String>,
}
