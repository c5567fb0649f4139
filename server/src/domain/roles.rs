//! Who may do what in a workspace: one table, which the documentation shows and the extractors enforce.

use crate::store::members::Role;

macro_rules! powers {
    ($($(#[$meta:meta])* $name:ident = $least:ident, $words:literal;)+) => {
        /// What a member may be allowed to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Power {
            $($(#[$meta])* $name,)+
        }

        impl Power {
            /// Every power, the least first.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The least role that has it; every greater one has it too.
            pub const fn least(self) -> Role {
                match self { $(Self::$name => Role::$least),+ }
            }

            /// For people: what it lets one do.
            pub const fn words(self) -> &'static str {
                match self { $(Self::$name => $words),+ }
            }
        }

        /// The powers as types, for [`crate::access::Member`].
        pub mod may {
            use super::Power;

            /// A power that an action needs.
            pub trait May: Send + Sync + 'static {
                /// The power.
                const POWER: Power;
            }

            $(
                $(#[$meta])*
                pub struct $name;

                impl May for $name {
                    const POWER: Power = Power::$name;
                }
            )+
        }
    };
}

powers! {
    /// See everything but secrets, members' sessions and the audit log.
    Look = Viewer, "See calls, bindings, providers and settings";
    /// Ring a device to try it.
    Ring = Developer, "Make test calls";
    /// Change bindings.
    Bind = Developer, "Add, change and remove bindings";
    /// Make and revoke API keys.
    ManageKeys = Developer, "Make, roll and revoke API keys";
    /// Change accounts, providers and the webhook.
    SetUp = Admin, "Change Twilio accounts, providers and the webhook";
    /// Invite, change roles, remove.
    ManageMembers = Admin, "Invite people, change roles, remove members";
    /// Read the audit log.
    Audit = Admin, "Read and export the audit log";
    /// Change the workspace's own settings.
    Configure = Admin, "Change the workspace’s name, address and settings";
    /// Hand over or delete.
    Own = Owner, "Transfer or delete the workspace";
}

impl Role {
    /// Whether this role has a power.
    pub fn may(self, power: Power) -> bool {
        self.rank() >= power.least().rank()
    }

    /// The greater, the more it may.
    pub const fn rank(self) -> u8 {
        match self {
            Self::Viewer => 0,
            Self::Developer => 1,
            Self::Admin => 2,
            Self::Owner => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table as the documentation shows it.
    fn table() -> String {
        let roles = [Role::Viewer, Role::Developer, Role::Admin, Role::Owner];
        let mut lines = vec![format!("| | {} |", roles.map(|role| role.to_string()).join(" | "))];
        lines.push("|---|---|---|---|---|".into());
        for power in Power::ALL {
            let cells = roles.map(|role| if role.may(*power) { " yes |" } else { " |" });
            lines.push(format!("| {} |{}", power.words(), cells.concat()));
        }
        lines.join("\n")
    }

    #[test]
    fn the_documentation_shows_the_table_that_is_enforced() {
        let shown = include_str!("../../../README.md");
        assert!(shown.contains(&table()), "README.md lacks:\n{}", table());
    }

    #[test]
    fn an_owner_may_everything_and_a_viewer_only_look() {
        assert!(Power::ALL.iter().all(|power| Role::Owner.may(*power)));
        let allowed: Vec<_> = Power::ALL.iter().filter(|power| Role::Viewer.may(**power)).collect();
        assert_eq!(allowed, [&Power::Look]);
        assert!(Role::Admin.may(Power::ManageMembers) && !Role::Admin.may(Power::Own));
    }
}
