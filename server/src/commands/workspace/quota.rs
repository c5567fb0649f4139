//! `ringhook workspace quota`: what one workspace may use, where it differs from what every workspace may.

use std::{num::NonZeroU32, process::ExitCode, str::FromStr};

use clap::Args as ClapArgs;

use crate::{
    domain::{
        Ground,
        quotas::{self, Quota},
    },
    store::WorkspaceId,
};

#[derive(ClapArgs)]
pub(super) struct Args {
    /// The workspace: wsp_ and 26 characters
    workspace: WorkspaceId,
    /// Verified calls a second that it may make, or `default`: what every workspace may
    #[arg(long, value_name = "N|default")]
    calls_per_second: Option<Given>,
    /// Bindings, active or not
    #[arg(long, value_name = "N|default")]
    bindings: Option<Given>,
    /// Calls in the log; past it the oldest go before their time
    #[arg(long, value_name = "N|default")]
    stored_calls: Option<Given>,
    /// Sockets open at once
    #[arg(long, value_name = "N|default")]
    sockets: Option<Given>,
    /// Receivers of events
    #[arg(long, value_name = "N|default")]
    event_endpoints: Option<Given>,
    /// Members, open invitations among them
    #[arg(long, value_name = "N|default")]
    members: Option<Given>,
}

impl Args {
    const fn given(&self, quota: Quota) -> Option<Given> {
        match quota {
            Quota::CallsPerSecond => self.calls_per_second,
            Quota::Bindings => self.bindings,
            Quota::StoredCalls => self.stored_calls,
            Quota::Sockets => self.sockets,
            Quota::EventEndpoints => self.event_endpoints,
            Quota::Members => self.members,
        }
    }
}

/// A number of the workspace's own, or the one that every workspace has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Given {
    Own(NonZeroU32),
    Default,
}

impl FromStr for Given {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |_| format!("must be a number from 1 to {}, or default", u32::MAX);
        match text {
            "default" => Ok(Self::Default),
            number => number.parse().map(Self::Own).map_err(wrong),
        }
    }
}

/// Changes what was given, and prints what holds then.
///
/// # Errors
/// When there is no such workspace, or the database fails.
pub(super) async fn run(ground: &Ground, args: Args) -> Result<ExitCode, String> {
    let id = args.workspace;
    let number = |given| match given {
        Given::Own(number) => Some(number),
        Given::Default => None,
    };
    let given = Quota::ALL.iter().filter_map(|quota| Some((*quota, number(args.given(*quota)?))));
    let given: Vec<_> = given.collect();
    if !given.is_empty() {
        quotas::set(ground, id, given).await.map_err(super::of(id))?;
    }
    let holding = quotas::get(ground, id).await.map_err(super::of(id))?;
    for quota in Quota::ALL {
        match holding.own(*quota) {
            Some(number) => println!("{:<17} {number}", quota.as_str()),
            None => println!("{:<17} {} (default)", quota.as_str(), ground.limits.of(*quota)),
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_a_number_or_the_default() {
        assert_eq!("default".parse(), Ok(Given::Default));
        assert_eq!("1".parse(), Ok(Given::Own(NonZeroU32::MIN)));
        assert_eq!("4294967295".parse(), Ok(Given::Own(NonZeroU32::MAX)));
        for wrong in ["", "0", "-1", "1.5", "4294967296", "Default"] {
            assert!(wrong.parse::<Given>().is_err_and(|fault| fault.contains("or default")), "{wrong}");
        }
    }
}
