//! Passkeys: made by the browser, which a script asks; the rest is forms.

pub mod add;
pub mod options;
pub mod remove;
