//! `ringhook workspace quota`: what one workspace may use, where it differs from what every workspace may.

use std::{num::NonZeroU32, process::ExitCode, str::FromStr};

use clap::Args as ClapArgs;

use crate::{
    config::Config,
    domain::{DomainError, Ground, quotas},
    store::WorkspaceId,
};

#[derive(ClapArgs)]
pub(super) struct Quota {
    /// The workspace: wsp_ and 26 characters
    workspace: WorkspaceId,
    /// Verified calls a second that it may make on one node, or `default`: what every workspace may
    #[arg(long, value_name = "N|default")]
    calls_per_second: Option<Rate>,
}

/// A rate of the workspace's own, or the one that every workspace has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rate {
    Own(NonZeroU32),
    Default,
}

impl FromStr for Rate {
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
pub(super) async fn run(config: &Config, ground: &Ground, quota: Quota) -> Result<ExitCode, String> {
    let id = quota.workspace;
    let explain = |error| match error {
        DomainError::NotFound(_) => format!("there is no workspace {id}"),
        error => error.to_string(),
    };
    if let Some(rate) = quota.calls_per_second {
        let own = match rate {
            Rate::Own(rate) => Some(rate),
            Rate::Default => None,
        };
        quotas::set_calls_per_second(ground, id, own).await.map_err(explain)?;
    }
    let holding = quotas::get(ground, id).await.map_err(explain)?;
    match quotas::calls_per_second(&holding) {
        Some(rate) => println!("calls_per_second  {rate}"),
        None => println!("calls_per_second  {} (default)", config.quota_calls_per_second),
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_or_the_default() {
        assert_eq!("default".parse(), Ok(Rate::Default));
        assert_eq!("1".parse(), Ok(Rate::Own(NonZeroU32::MIN)));
        assert_eq!("4294967295".parse(), Ok(Rate::Own(NonZeroU32::MAX)));
        for wrong in ["", "0", "-1", "1.5", "4294967296", "Default"] {
            assert!(wrong.parse::<Rate>().is_err_and(|fault| fault.contains("or default")), "{wrong}");
        }
    }
}
