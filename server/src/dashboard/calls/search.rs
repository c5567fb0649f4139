//! What the log is searched by: one box that knows what it was given, and a few choices.

use chrono::NaiveDateTime;
use ringhook_openapi::Outcome;
use ringhook_web::pages::{CallSearch, Choice};
use serde::{Deserialize, Serialize};

use crate::{
    dashboard::words,
    store::{NotificationId, Ts, notifications::NotificationFilter},
};

/// The query of the list, of its exports and of the live log.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Search {
    q: String,
    outcome: String,
    account: String,
    since: String,
    until: String,
    /// Those older than this one.
    #[serde(skip_serializing)]
    pub before: String,
}

/// `CA` and message ids are 32 hexadecimal digits behind a prefix (<https://www.twilio.com/docs/glossary/what-is-a-sid>).
fn is_sid(text: &str, prefixes: &[&str]) -> bool {
    let digits = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix));
    digits.is_some_and(|digits| digits.len() >= 30 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A time as a browser's field gives it, in UTC.
fn moment(text: &str) -> Result<Option<Ts>, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let forms = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"];
    let read = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    read.map(|at| Some(at.and_utc().into())).ok_or("A time looks like 2026-11-24T08:00.")
}

impl Search {
    /// The call, when the box holds a notification's own id.
    pub fn names(&self) -> Option<NotificationId> {
        self.q.trim().parse().ok()
    }

    /// What the list filters by.
    ///
    /// # Errors
    /// A sentence on what cannot be read.
    pub fn filter(&self) -> Result<NotificationFilter, &'static str> {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let mut filter = NotificationFilter {
            account_sid: given(&self.account),
            since: moment(&self.since)?,
            until: moment(&self.until)?,
            ..NotificationFilter::default()
        };
        if !self.outcome.is_empty() {
            filter.outcome = Some(self.outcome.parse().map_err(|_| "Choose an outcome from the list.")?);
        }
        match given(&self.q) {
            Some(q) if is_sid(&q, &["CA"]) => filter.call_sid = Some(q),
            Some(q) if is_sid(&q, &["WB", "APN"]) => filter.message_id = Some(q),
            q => filter.identity = q.map(|q| q.strip_prefix("client:").unwrap_or(&q).to_owned()),
        }
        Ok(filter)
    }

    /// The search as a query, without the place in the list.
    pub fn query(&self) -> String {
        let all = [
            ("q", &self.q),
            ("outcome", &self.outcome),
            ("account", &self.account),
            ("since", &self.since),
            ("until", &self.until),
        ];
        let given = all.into_iter().filter(|(_, value)| !value.is_empty());
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish()
    }

    /// The fields, as they were filled in.
    pub fn fields(&self) -> CallSearch {
        CallSearch { q: self.q.clone(), since: self.since.clone(), until: self.until.clone() }
    }

    /// The outcomes to choose from.
    pub fn outcomes(&self) -> Vec<Choice> {
        let choice = |outcome: &Outcome| Choice {
            value: outcome.to_string(),
            words: words::outcome(*outcome).words,
            chosen: outcome.as_str() == self.outcome,
        };
        Outcome::ALL.iter().map(choice).collect()
    }

    /// Whether this account is chosen.
    pub fn is_of(&self, account_sid: &str) -> bool {
        self.account == account_sid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(q: &str) -> NotificationFilter {
        Search { q: q.into(), ..Search::default() }.filter().expect("a filter")
    }

    #[test]
    fn the_box_knows_what_it_was_given() {
        let sid = format!("CA{}", "0a".repeat(16));
        assert_eq!(search(&sid).call_sid.as_deref(), Some(&*sid));
        let message = format!("WB{}", "0a".repeat(16));
        assert_eq!(search(&message).message_id.as_deref(), Some(&*message));
        for identity in ["bob", " bob ", "client:bob"] {
            assert_eq!(search(identity).identity.as_deref(), Some("bob"));
        }
        assert_eq!(search("CAROL").identity.as_deref(), Some("CAROL"));
        assert_eq!(search("").identity, None);
    }

    #[test]
    fn times_are_utc() {
        let at = moment("2026-11-24T08:30").expect("a time").expect("given");
        assert_eq!(words::time(at), "2026-11-24T08:30:00Z");
        assert!(moment("yesterday").is_err());
    }

    #[test]
    fn a_query_holds_what_is_given_alone() {
        let search = Search { q: "a&b".into(), before: "ntf_1".into(), ..Search::default() };
        assert_eq!(search.query(), "q=a%26b");
    }
}
