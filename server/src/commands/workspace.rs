//! `ringhook workspace …`: bootstrap without the dashboard.

mod quota;

use std::process::ExitCode;

use clap::{Args as ClapArgs, Subcommand};
use serde_json::json;

use super::seal;
use crate::{
    config::Config,
    domain::{
        DomainError, Ground,
        audit::Actor,
        workspaces::{self, NewAccount, NewWorkspace},
    },
};

/// What to do with workspaces.
#[derive(ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Make a workspace with its webhook URL and an API key; both are shown this once
    Create(Create),
    /// Show what a workspace may use, or change it; in force at once, also in a running server
    Quota(quota::Quota),
}

#[derive(ClapArgs)]
struct Create {
    /// What people call it
    #[arg(long)]
    name: String,
    /// E-mail address of its owner
    #[arg(long)]
    owner: String,
    /// A Twilio account to connect at once: AC and 32 hexadecimal digits
    #[arg(long, requires = "auth_token")]
    account_sid: Option<String>,
    /// The account's auth token
    #[arg(long, env = "TWILIO_AUTH_TOKEN", hide_env_values = true)]
    auth_token: Option<String>,
    /// One JSON object alone on stdout
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// A sentence that names the argument or setting at fault.
pub async fn run(config: &Config, args: Args) -> Result<ExitCode, String> {
    let ground = Ground::open(config).await?.by(Actor::operator());
    prepare(config, &ground).await?;
    match args.action {
        Action::Create(new) => create(config, &ground, new).await,
        Action::Quota(quota) => quota::run(config, &ground, quota).await,
    }
}

async fn create(config: &Config, ground: &Ground, create: Create) -> Result<ExitCode, String> {
    let account =
        create.account_sid.zip(create.auth_token).map(|(sid, auth_token)| NewAccount { sid, auth_token });
    let new = NewWorkspace { name: create.name, owner_email: create.owner, account };
    let created = workspaces::bootstrap(ground, config.public_base(), new).await.map_err(explain)?;
    let webhook_url = format!("{}/hooks/{}", config.public_base(), created.webhook_token);
    if create.json {
        let object = json!({
            "workspace_id": created.id.to_string(),
            "webhook_url": webhook_url,
            "api_key": created.api_key,
        });
        println!("{object}");
    } else {
        println!("workspace_id  {}", created.id);
        println!("webhook_url   {webhook_url}");
        println!("api_key       {}", created.api_key);
    }
    Ok(ExitCode::SUCCESS)
}

/// A command may be the first to touch a new database.
async fn prepare(config: &Config, ground: &Ground) -> Result<(), String> {
    if config.migrate {
        ground.store.migrate().await.map_err(|error| error.to_string())?;
    }
    seal::check(ground).await
}

fn explain(error: DomainError) -> String {
    let DomainError::Invalid(faults) = error else { return error.to_string() };
    let lines = faults.iter().map(|fault| {
        let flag = fault.pointer.trim_start_matches('/').replace('_', "-");
        format!("--{flag} {}", fault.detail)
    });
    lines.collect::<Vec<_>>().join("\n          ")
}
