//! A person's own account.

pub mod delete;
mod device;
pub mod email;
pub mod oidc;
pub mod passkeys;
pub mod password;
pub mod sessions;
pub mod show;
pub mod totp;
