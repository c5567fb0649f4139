//! `ringhook healthcheck`: what a container's supervisor asks where there is neither shell nor curl.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    process::ExitCode,
    time::Duration,
};

use url::Url;

use crate::config::Config;

/// How long the answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks a running server whether it is ready.
#[derive(clap::Args)]
pub struct Args {
    /// What to ask [/readyz of the server that listens with these settings on this machine]
    #[arg(long)]
    url: Option<Url>,
}

/// Exit 0 for an answer of 200, else 1; says what was answered.
///
/// # Errors
/// When the URL cannot be requested at all. No answer is exit 1.
pub async fn run(config: &Config, args: Args) -> Result<ExitCode, String> {
    let url = match args.url {
        Some(url) => url.to_string(),
        None => format!("http://{}/readyz", reached(config.listen)),
    };
    let client = reqwest::Client::builder().timeout(PATIENCE).no_proxy();
    let client = client.build().map_err(|error| format!("no HTTP client: {error}"))?;
    match client.get(&url).send().await {
        Ok(answer) => {
            let status = answer.status();
            println!("{url}: {status} {}", answer.text().await.unwrap_or_default());
            Ok(if status == reqwest::StatusCode::OK { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Err(error) => {
            println!("{url}: no answer: {error}");
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Where this machine reaches who listens there: nobody is reached at an unspecified address.
fn reached(mut listen: SocketAddr) -> SocketAddr {
    match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => listen.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => listen.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    listen
}
