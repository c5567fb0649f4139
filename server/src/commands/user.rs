//! `ringhook user …`: people, for who runs the server.

use std::process::ExitCode;

use clap::{Args as ClapArgs, Subcommand};
use serde_json::json;

use super::{existing, seal, table};
use crate::{
    config::Config,
    domain::{
        DomainError, Ground,
        audit::Actor,
        people::{account, email},
    },
    store::{Ts, users::User},
};

/// What to do with people.
#[derive(ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Show everybody
    List {
        /// One JSON array alone on stdout
        #[arg(long)]
        json: bool,
    },
    /// Stop somebody: their sessions end, and they cannot log in until they are enabled
    Disable(Person),
    /// Let somebody in again who was disabled
    Enable(Person),
    /// Delete somebody who owns no workspace, as they could themselves
    Delete(Person),
}

#[derive(ClapArgs)]
struct Person {
    /// Their e-mail address
    email: String,
}

/// Runs the command.
///
/// # Errors
/// A sentence that names what is wrong.
pub async fn run(config: &Config, args: Args) -> Result<ExitCode, String> {
    let ground = existing::open(config).await?.by(Actor::operator());
    existing::migrated(&ground).await?;
    seal::check(&ground).await?;
    let done = match args.action {
        Action::List { json } => return list(&ground, json).await,
        Action::Disable(person) => {
            account::disable(&ground, &found(&ground, &person).await?, true).await.map(|()| "disabled")
        }
        Action::Enable(person) => {
            account::disable(&ground, &found(&ground, &person).await?, false).await.map(|()| "enabled")
        }
        Action::Delete(person) => {
            account::delete(&ground, &found(&ground, &person).await?).await.map(|()| "deleted")
        }
    };
    match done {
        Ok(done) => println!("{done}"),
        Err(DomainError::Conflict { detail, .. }) => return Err(detail),
        Err(error) => return Err(error.to_string()),
    }
    Ok(ExitCode::SUCCESS)
}

async fn found(ground: &Ground, person: &Person) -> Result<User, String> {
    let email = email::canonical(&person.email)?;
    let say = |error: crate::store::StoreError| error.to_string();
    let user = ground.store.engine().read().await.map_err(say)?.user_by_email(&email).await.map_err(say)?;
    user.ok_or_else(|| format!("nobody has the address {email}; `ringhook user list` shows everybody"))
}

async fn list(ground: &Ground, as_json: bool) -> Result<ExitCode, String> {
    let say = |error: crate::store::StoreError| error.to_string();
    let users = ground.store.engine().read().await.map_err(say)?.users().await.map_err(say)?;
    let time = |at: Option<Ts>| at.map(|at| at.utc().to_rfc3339());
    if as_json {
        let rows = users.iter().map(|user| {
            json!({
                "email": user.email,
                "created_at": time(Some(user.created_at)),
                "email_verified_at": time(user.email_verified_at),
                "disabled_at": time(user.disabled_at),
                "second_factor": user.totp_secret.is_some(),
            })
        });
        println!("{}", serde_json::Value::from_iter(rows));
    } else {
        let rows = users.iter().map(|user| {
            let state = match (user.disabled_at, user.email_verified_at) {
                (Some(_), _) => "disabled",
                (None, None) => "expected",
                (None, Some(_)) => "active",
            };
            let factor = if user.totp_secret.is_some() { "yes" } else { "no" };
            [
                user.email.clone(),
                state.into(),
                factor.into(),
                user.created_at.utc().format("%Y-%m-%d").to_string(),
            ]
        });
        table::print(["ADDRESS", "STATE", "SECOND FACTOR", "SINCE"], rows);
    }
    Ok(ExitCode::SUCCESS)
}
