//! `ringhook workspace …`: workspaces without the dashboard.

mod close;
mod list;
mod owner;
mod quota;

use std::process::ExitCode;

use clap::{Args as ClapArgs, Subcommand};
use serde_json::json;

use super::{existing, seal};
use crate::{
    config::Config,
    domain::{
        DomainError, Ground,
        audit::Actor,
        workspaces::{self, NewAccount, NewWorkspace},
    },
    store::WorkspaceId,
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
    /// Show every workspace
    List(list::Args),
    /// Stop a workspace: its webhook answers 404, its keys open nothing, until it is enabled
    Disable(close::Args),
    /// Let a workspace go on that was disabled
    Enable(close::Args),
    /// Make somebody the owner of a workspace; the owner before them becomes an admin
    Owner(owner::Args),
    /// Show what a workspace may use, or change it; in force at once, also in a running server
    Quota(quota::Args),
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
    let ground = match args.action {
        // It may be the first to touch a new database.
        Action::Create(_) => Ground::open(config).await?,
        _ => existing::open(config).await?,
    };
    let ground = ground.by(Actor::operator());
    prepare(config, &ground).await?;
    match args.action {
        Action::Create(new) => create(config, &ground, new).await,
        Action::List(args) => list::run(&ground, args).await,
        Action::Disable(args) => close::run(&ground, args, true).await,
        Action::Enable(args) => close::run(&ground, args, false).await,
        Action::Owner(args) => owner::run(config, &ground, args).await,
        Action::Quota(quota) => quota::run(&ground, quota).await,
    }
}

async fn create(config: &Config, ground: &Ground, create: Create) -> Result<ExitCode, String> {
    let account =
        create.account_sid.zip(create.auth_token).map(|(sid, auth_token)| NewAccount { sid, auth_token });
    let owner = create.owner.clone();
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
        println!("owner         {owner}: {}", way_in(config));
    }
    Ok(ExitCode::SUCCESS)
}

/// How its owner gets in. Mails leave by a running server.
fn way_in(config: &Config) -> String {
    let gets = "who cannot log in yet gets a link by mail";
    match config.mail.smtp {
        Some(_) => format!("{gets}, once a server runs"),
        None => format!("{gets}, in {} once a server runs", config.outbox().display()),
    }
}

/// The program may be newer than what last served from the database.
async fn prepare(config: &Config, ground: &Ground) -> Result<(), String> {
    match config.migrate {
        true => drop(ground.store.migrate().await.map_err(|error| error.to_string())?),
        false => existing::migrated(ground).await?,
    }
    seal::check(ground).await
}

/// What to say of a workspace that there is not.
fn of(id: WorkspaceId) -> impl Fn(DomainError) -> String {
    move |error| match error {
        DomainError::NotFound(_) => format!("there is no workspace {id}"),
        error => explain(error),
    }
}

fn explain(error: DomainError) -> String {
    let DomainError::Invalid(faults) = error else { return error.to_string() };
    let lines = faults.iter().map(|fault| {
        let flag = fault.pointer.trim_start_matches('/').replace('_', "-");
        format!("--{flag} {}", fault.detail)
    });
    lines.collect::<Vec<_>>().join("\n          ")
}
