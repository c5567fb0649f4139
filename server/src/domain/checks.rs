//! Checks that several nouns share. Each adds a fault that names the member and the fix.

use super::{DomainError, Fault, Result};
use crate::{store::Ts, twilio};

/// Longest name that people give, in characters.
pub const NAME_LIMIT: usize = 100;
/// Longest auth token or key secret, in characters.
const SECRET_LIMIT: usize = 256;

/// The faults found so far.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Adds a fault of the member at `pointer` unless `holds`.
    pub fn check(&mut self, holds: bool, pointer: impl Into<String>, detail: impl Into<String>) {
        if !holds {
            self.0.push(Fault::new(pointer, detail));
        }
    }

    /// The value, or `None` after adding its fault.
    pub fn take<T>(&mut self, checked: std::result::Result<T, Fault>) -> Option<T> {
        checked.map_err(|fault| self.0.push(fault)).ok()
    }

    /// A name for people.
    pub fn name(&mut self, pointer: &str, name: &str) {
        self.text(pointer, name, NAME_LIMIT);
    }

    /// A new name of a workspace. Invitations carry it to strangers, so it is nothing that they could click on.
    pub fn workspace_name(&mut self, pointer: &str, name: &str) {
        self.name(pointer, name);
        let small = name.to_lowercase();
        let is_link = ["://", "www."].iter().any(|mark| small.contains(mark));
        self.check(!is_link, pointer, "must not look like a link: leave out `://` and `www.`");
    }

    /// A text of 1 to `limit` characters that a line can show.
    pub fn text(&mut self, pointer: &str, text: &str, limit: usize) {
        let holds = !text.trim().is_empty() && is_within(text, limit) && !text.chars().any(char::is_control);
        let detail =
            format!("must have 1 to {limit} characters, not only white space, no control characters");
        self.check(holds, pointer, detail);
    }

    /// An auth token or a key's secret; the fault does not quote it.
    pub fn secret(&mut self, pointer: &str, secret: &str) {
        let detail = format!("must have 1 to {SECRET_LIMIT} characters, no white space among them");
        self.check(is_compact(secret, SECRET_LIMIT), pointer, detail);
    }

    /// An identity as bindings and tokens name it: bare, as Twilio allows it.
    pub fn identity(&mut self, pointer: &str, identity: &str) {
        let bare = !identity.starts_with(CLIENT);
        self.check(bare, pointer, "must be the bare identity: leave out the prefix `client:`");
        let allowed = twilio::identity_of(&format!("{CLIENT}{identity}")).is_ok();
        let detail = "must have 1 to 256 characters, no white space or control characters among them";
        self.check(allowed, pointer, detail);
    }

    /// A time that has not come yet.
    pub fn future(&mut self, pointer: &str, at: Ts, now: Ts) {
        self.check(at > now, pointer, "lies in the past; give a time to come, or leave it out");
    }

    /// Whether there were none.
    ///
    /// # Errors
    /// [`DomainError::Invalid`] with all of them.
    pub fn none(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(DomainError::Invalid(self.0)) }
    }
}

const CLIENT: &str = "client:";

/// Whether a text has at most `limit` characters.
pub fn is_within(text: &str, limit: usize) -> bool {
    text.chars().nth(limit).is_none()
}

/// Whether a text has 1 to `limit` characters, none of them white space or control characters.
pub fn is_compact(text: &str, limit: usize) -> bool {
    let plain = |c: char| !c.is_whitespace() && !c.is_control();
    !text.is_empty() && is_within(text, limit) && text.chars().all(plain)
}
