//! `ringhook workspace owner`.

use std::process::ExitCode;

use clap::Args as ClapArgs;

use crate::{
    config::Config,
    domain::{DomainError, Ground, workspaces},
    store::WorkspaceId,
};

#[derive(ClapArgs)]
pub(super) struct Args {
    /// The workspace: wsp_ and 26 characters
    workspace: WorkspaceId,
    /// E-mail address of the new owner; who has no account is mailed a link to set a password
    #[arg(value_name = "EMAIL")]
    owner: String,
}

/// Makes somebody the owner.
///
/// # Errors
/// When there is no such workspace, the address is none, or the database fails.
pub(super) async fn run(config: &Config, ground: &Ground, args: Args) -> Result<ExitCode, String> {
    let id = args.workspace;
    let set = workspaces::set_owner(ground, config.public_base(), id, &args.owner).await;
    set.map_err(|error| match error {
        // What the rules call by its member is an argument here, and no flag.
        DomainError::Invalid(faults) => {
            faults.iter().map(|fault| format!("EMAIL: {}", fault.detail)).collect::<Vec<_>>().join("; ")
        }
        error => super::of(id)(error),
    })?;
    println!("{id} belongs to {}", args.owner);
    Ok(ExitCode::SUCCESS)
}
