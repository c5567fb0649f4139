//! The views, one struct a page; each renders a sample of itself in a test.

mod account;
mod audit;
mod form;
mod frame;
mod gate;
mod keys;
mod members;
mod message;
mod second_factor;
mod settings;
mod start;
mod workspaces;

pub use account::{Account, ConfirmEmail, PasskeyRow, SessionRow};
pub use audit::{Audit, AuditRow};
pub use form::Errors;
pub use frame::{Frame, Here, Membership, Notice};
pub use gate::{CheckMail, Forgot, Login, Reset, SignUp, Verify};
pub use keys::{Choice, Key, KeyMade, KeyRow, Keys, NewKey};
pub use members::{InvitationPage, InvitationRow, MemberPage, MemberRow, Members, Welcome};
pub use message::Message;
pub use second_factor::{LoginCode, RecoveryCodes, TotpSetUp};
pub use settings::Settings;
pub use start::Start;
pub use workspaces::{DeleteWorkspace, Doomed, NewWorkspace, Overview, WorkspaceList};

#[cfg(test)]
mod tests;
