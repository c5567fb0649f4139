//! `ringhook workspace list`.

use std::process::ExitCode;

use clap::Args as ClapArgs;
use serde_json::json;

use crate::{
    commands::table,
    domain::Ground,
    store::{Ts, workspaces::Workspace},
};

#[derive(ClapArgs)]
pub(super) struct Args {
    /// One JSON array alone on stdout
    #[arg(long)]
    json: bool,
}

fn state(workspace: &Workspace) -> String {
    let day = |at: Ts| at.utc().format("%Y-%m-%d").to_string();
    match (workspace.disabled_at, workspace.deletes_at) {
        (Some(at), _) => format!("disabled since {}", day(at)),
        (None, Some(at)) => format!("goes on {}", day(at)),
        (None, None) => "open".into(),
    }
}

/// Prints every workspace with its owner.
///
/// # Errors
/// When the database fails.
pub(super) async fn run(ground: &Ground, args: Args) -> Result<ExitCode, String> {
    let say = |error: crate::store::StoreError| error.to_string();
    let rows = ground.store.engine().read().await.map_err(say)?.workspaces_owned().await.map_err(say)?;
    if args.json {
        let time = |at: Option<Ts>| at.map(|at| at.utc().to_rfc3339());
        let rows = rows.iter().map(|(row, owner)| {
            json!({
                "id": row.id.to_string(),
                "name": row.name,
                "slug": row.slug,
                "owner": owner,
                "created_at": time(Some(row.created_at)),
                "disabled_at": time(row.disabled_at),
                "deletes_at": time(row.deletes_at),
            })
        });
        println!("{}", serde_json::Value::from_iter(rows));
    } else {
        let rows = rows.iter().map(|(row, owner)| {
            let owner = owner.clone().unwrap_or_else(|| "nobody".into());
            [row.id.to_string(), row.slug.clone(), owner, state(row), row.name.clone()]
        });
        table::print(["WORKSPACE", "SLUG", "OWNER", "STATE", "NAME"], rows);
    }
    Ok(ExitCode::SUCCESS)
}
