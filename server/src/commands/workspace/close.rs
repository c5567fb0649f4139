//! `ringhook workspace disable`, `ringhook workspace enable`.

use std::process::ExitCode;

use clap::Args as ClapArgs;

use crate::{
    domain::{Ground, closing},
    store::WorkspaceId,
};

#[derive(ClapArgs)]
pub(super) struct Args {
    /// The workspace: wsp_ and 26 characters
    workspace: WorkspaceId,
}

/// Stops the workspace, or lets it go on; in force at once, also in a running server.
///
/// # Errors
/// When there is no such workspace, or the database fails.
pub(super) async fn run(ground: &Ground, args: Args, disabled: bool) -> Result<ExitCode, String> {
    let id = args.workspace;
    closing::disable(ground, id, disabled).await.map_err(super::of(id))?;
    println!("{id} is {}", if disabled { "disabled" } else { "enabled" });
    Ok(ExitCode::SUCCESS)
}
