//! The program's commands.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use ringhook::{
    commands::{
        backup, doctor, healthcheck, keys, migrate, openapi, serve, simulate, user, verify, workspace,
    },
    config::{Config, Layer},
    telemetry,
};

/// Rings every device of a called identity when Twilio asks, and tells why when one did not ring.
#[derive(Parser)]
#[command(name = "ringhook", version)]
struct Cli {
    #[command(flatten)]
    settings: Layer,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Everything in one process (the default)
    Serve,
    /// Bring the database to this version
    Migrate,
    /// Check all that must be right, each with the fix where it is not; exit 1 on a fault
    Doctor(doctor::Args),
    /// Ask a running server whether it is ready; exit 1 when it is not
    Healthcheck(healthcheck::Args),
    /// Copy the embedded database, also while it serves
    Backup(backup::Args),
    /// The master keys: put every stored secret under the first
    Keys(keys::Args),
    /// Print the OpenAPI document
    Openapi,
    /// Workspaces, without the dashboard
    Workspace(workspace::Args),
    /// People: list, disable, enable, delete
    User(user::Args),
    /// Act as Twilio
    Simulate(simulate::Args),
    /// Say whether a signed request would pass, and if not, which variant would
    Verify(verify::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("no threads to run on: {error}")),
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(message) => fail(&message),
    }
}

fn fail(message: &str) -> ExitCode {
    eprintln!("ringhook: {message}");
    ExitCode::FAILURE
}

async fn run(cli: Cli) -> Result<ExitCode, String> {
    match cli.command.unwrap_or(Command::Serve) {
        Command::Openapi => openapi::run(),
        Command::Simulate(args) => simulate::run(&args).await,
        Command::Verify(args) => verify::run(&args),
        Command::Doctor(args) => {
            let config = Config::resolve(cli.settings).map_err(|fault| fault.to_string());
            let config = config.and_then(|config| telemetry::start(&config, false).map(|()| config));
            doctor::run(config, args).await
        }
        command => {
            let config = Config::resolve(cli.settings).map_err(|fault| fault.to_string())?;
            telemetry::start(&config, matches!(command, Command::Serve))?;
            match command {
                Command::Migrate => migrate::run(&config).await,
                Command::Healthcheck(args) => healthcheck::run(&config, args).await,
                Command::Backup(args) => backup::run(&config, args).await,
                Command::Keys(args) => keys::run(&config, args).await,
                Command::Workspace(args) => workspace::run(&config, args).await,
                Command::User(args) => user::run(&config, args).await,
                _ => serve::run(config).await,
            }
        }
    }
}
