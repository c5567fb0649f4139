//! Who may make an account.

use super::ConfigFault;

const NAME: &str = "RINGHOOK_SIGNUP";

/// The rule for people who have no account yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Signup {
    /// Anybody.
    #[default]
    Open,
    /// Who was invited to a workspace.
    Invite,
    /// Nobody; the operator makes workspaces.
    Closed,
}

pub(super) fn parse(text: Option<&str>) -> Result<Signup, ConfigFault> {
    match text {
        None | Some("open") => Ok(Signup::Open),
        Some("invite") => Ok(Signup::Invite),
        Some("closed") => Ok(Signup::Closed),
        Some(_) => Err(ConfigFault::new(NAME, "must be open, invite or closed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_words_are_read_and_no_other() {
        assert_eq!(parse(None), Ok(Signup::Open));
        assert_eq!(parse(Some("invite")), Ok(Signup::Invite));
        assert_eq!(parse(Some("closed")), Ok(Signup::Closed));
        assert_eq!(parse(Some("Open")).map_err(|fault| fault.name), Err(NAME));
    }
}
