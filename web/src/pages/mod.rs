//! The views, one struct a page; each renders a sample of itself in a test.

mod account;
mod accounts;
mod audit;
mod bindings;
mod calls;
mod docs;
mod form;
mod frame;
mod gate;
mod keys;
mod members;
mod message;
mod overview;
mod providers;
mod reference;
mod second_factor;
mod settings;
mod start;
mod test_device;
mod workspaces;

pub use account::{Account, ConfirmEmail, PasskeyRow, SessionRow};
pub use accounts::{AccountPage, AccountRow, Accounts, HookRow, NewAccount, Webhook};
pub use audit::{Audit, AuditRow};
pub use bindings::{
    BindingFields, BindingPage, BindingRow, BindingSearch, Bindings, Bulk, Import, NewBinding,
};
pub use calls::{AttemptView, Badge, Call, CallRow, CallSearch, Calls, DeviceView, LiveCall, Tone};
pub use docs::Docs;
pub use form::Errors;
pub use frame::{Frame, Here, Membership, Notice};
pub use gate::{CheckMail, Forgot, Login, Reset, SignUp, Verify};
pub use keys::{Choice, Key, KeyMade, KeyRow, Keys, NewKey};
pub use members::{InvitationPage, InvitationRow, MemberPage, MemberRow, Members, Welcome};
pub use message::Message;
pub use overview::{ChannelRow, Overview, ProviderHealth, ReasonRow, Step};
pub use providers::{NewProvider, ProviderFields, ProviderPage, ProviderRow, Providers};
pub use reference::{
    CodeRow, Field, Kind, NounRow, Object, Operation, OperationAnswer, OperationRow, Reference,
    ReferenceFrame, ReferenceNoun, ReferenceProblems,
};
pub use second_factor::{LoginCode, RecoveryCodes, TotpSetUp};
pub use settings::Settings;
pub use start::Start;
pub use test_device::TestDevice;
pub use workspaces::{DeleteWorkspace, Doomed, NewWorkspace, WorkspaceList};

#[cfg(test)]
mod tests;
