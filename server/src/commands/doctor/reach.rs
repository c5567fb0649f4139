//! What the world sees of us.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::finding::Finding;
use crate::{bus, config::Config, oidc::http, status::SERVICE, telemetry};

/// What the public URL led to.
pub(super) struct Reached {
    pub(super) finding: Finding,
    /// How far ahead of ours the clock is that was told on the way.
    pub(super) skew: Option<TimeDelta>,
}

impl Reached {
    fn of(finding: Finding) -> Self {
        Self { finding, skew: None }
    }

    pub(super) fn late() -> Self {
        Self::of(Finding::note("does not answer from here in time; is it right, and does a server run?"))
    }
}

/// Asks the public URL for a sign of life, and whether it is ours.
pub(super) async fn public_url(config: &Config) -> Reached {
    let base = config.public_base();
    let client = match http::client(&config.extra_ca) {
        Ok(client) => client,
        Err(error) => return Reached::of(Finding::fault(format!("TLS cannot be set up: {error}"))),
    };
    let answer = match client.get(format!("{base}/healthz")).send().await {
        Ok(answer) => answer,
        Err(error) if is_certificate(&error) => {
            let told = http::told(&error);
            return Reached::of(Finding::fault(format!(
                "{base} has no certificate that holds, and Twilio will not call it: {told}"
            )));
        }
        Err(_) if config.is_loopback() => return Reached::of(loopback(base, "and nobody answers there; ")),
        Err(error) => {
            let told = http::told(&error);
            return Reached::of(Finding::note(format!(
                "{base} does not answer from here ({told}); that is in order only where a server is still to be \
                 started, or the way from inside is closed"
            )));
        }
    };
    let date = answer.headers().get("date").and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok());
    let skew = date.map(|date| date.with_timezone(&Utc) - Utc::now());
    let status = answer.status();
    let is_ours = answer.json::<Value>().await.is_ok_and(|body| body["service"] == SERVICE);
    Reached { finding: judged(config, is_ours, status.as_u16()), skew }
}

fn judged(config: &Config, is_ours: bool, status: u16) -> Finding {
    let base = config.public_base();
    if !is_ours {
        return Finding::fault(format!(
            "{base} is answered by something else ({status} to /healthz); lead it to {}",
            config.listen
        ));
    }
    match (config.is_loopback(), config.public_url.scheme()) {
        (true, _) => loopback(base, ""),
        (false, "http") => Finding::note(format!("{base} is not encrypted; put it behind https")),
        (false, _) => Finding::good(format!("{base} answers as Ringhook")),
    }
}

fn loopback(base: &str, more: &str) -> Finding {
    Finding::note(format!(
        "{base} is reached from this machine alone, {more}set RINGHOOK_PUBLIC_URL to the URL that Twilio will call"
    ))
}

/// Whether a certificate is what is wrong.
fn is_certificate(error: &reqwest::Error) -> bool {
    let mut next = std::error::Error::source(error);
    while let Some(error) = next {
        if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
            return true;
        }
        // An I/O error says of what it holds only what that holds in turn.
        next = match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            Some(held) => Some(held),
            None => error.source(),
        };
    }
    false
}

/// Whether the public listener's address is this machine's. Its port is left alone: a server has it, or is about to.
pub(super) fn listener(config: &Config) -> Finding {
    match on_this_machine(config.listen.ip()) {
        Ok(()) => Finding::good(config.listen),
        Err(error) => Finding::fault(format!(
            "{} cannot be listened on: {error}; set RINGHOOK_LISTEN to an address of this machine",
            config.listen
        )),
    }
}

fn on_this_machine(ip: IpAddr) -> std::io::Result<()> {
    TcpListener::bind((ip, 0)).map(drop)
}

/// Whether traces can be sent to where the environment says.
pub(super) fn traces(config: &Config) -> Finding {
    match telemetry::traces_to(&config.extra_ca) {
        Ok(None) => Finding::good("off"),
        Ok(Some(variable)) => Finding::good(format!("to the collector of {variable}")),
        Err(error) => Finding::fault(error),
    }
}

/// Whether the bus between nodes answers.
pub(super) async fn bus(config: &Config) -> Finding {
    let Some(url) = &config.nats else {
        return Finding::good("none: a single node needs none; for several, set RINGHOOK_NATS_URL");
    };
    match bus::check(url, &config.extra_ca).await {
        Ok(took) => Finding::good(format!("{url} answers in {:.1} ms", took.as_secs_f64() * 1000.0)),
        Err(error) => Finding::fault(format!("{url}: {error}; see RINGHOOK_NATS_URL")),
    }
}

/// Whether figures are shown where they should be.
pub(super) async fn metrics(config: &Config) -> Finding {
    const OFF: &str = "off; set RINGHOOK_METRICS_LISTEN to have figures for Prometheus";
    let Some(listen) = config.metrics.listen else { return Finding::good(OFF) };
    if listen.port() == 0 {
        return Finding::good(format!("on a free port of {}, which `serve` tells", listen.ip()));
    }
    if let Err(error) = on_this_machine(listen.ip()) {
        return Finding::fault(format!(
            "{listen} cannot be listened on: {error}; set RINGHOOK_METRICS_LISTEN to an address of this machine"
        ));
    }
    let url = format!("http://{}/metrics", SocketAddr::new(from_here(listen.ip()), listen.port()));
    let client = match http::client(&config.extra_ca) {
        Ok(client) => client,
        Err(error) => return Finding::fault(format!("TLS cannot be set up: {error}")),
    };
    let Ok(answer) = client.get(&url).send().await else {
        return Finding::note(format!("{url} does not answer; that is in order only while no server runs"));
    };
    let is_ours = answer.text().await.is_ok_and(|body| body.contains("ringhook_build_info"));
    match is_ours {
        true => Finding::good(format!("{url} answers")),
        false => Finding::fault(format!(
            "{url} is answered by something else; set RINGHOOK_METRICS_LISTEN to another address"
        )),
    }
}

/// Who listens everywhere is asked on this machine.
fn from_here(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        given => given,
    }
}

/// Whether requests can be told apart by where they come from.
pub(super) fn proxies(config: &Config) -> Finding {
    let proxies = &config.trusted_proxies;
    if proxies.is_everybody() {
        return Finding::note(
            "everybody is trusted, so anybody may claim any address; set RINGHOOK_TRUSTED_PROXIES to your proxies' \
             networks alone",
        );
    }
    match (proxies.is_empty(), config.public_url.scheme()) {
        (true, "https") => Finding::note(
            "none, though https ends in front of us: whoever calls seems to come from your proxy, and shares its limits; \
             set RINGHOOK_TRUSTED_PROXIES",
        ),
        (true, _) => Finding::good("none"),
        (false, _) => Finding::good("set"),
    }
}
