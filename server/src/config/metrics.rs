//! Where figures are shown, and how far they go into single workspaces.

use std::net::SocketAddr;

use super::{ConfigFault, Layer, address, given::number};

const LISTEN: &str = "RINGHOOK_METRICS_LISTEN";
/// The usual port of OpenTelemetry's Prometheus exporters, on this machine alone.
const DEFAULT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9464);

/// Figures for Prometheus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metrics {
    /// Where `/metrics` is; none when it is off.
    pub listen: Option<SocketAddr>,
    /// Whether somebody asked for that address.
    pub is_given: bool,
    /// How many workspaces have figures of their own.
    pub workspaces: usize,
}

pub(super) fn parse(layer: &Layer) -> Result<Metrics, ConfigFault> {
    let workspaces = number("RINGHOOK_METRICS_WORKSPACES", layer.metrics_workspaces.as_ref(), 0, 0)?;
    let (listen, is_given) = match layer.metrics_listen.as_deref() {
        None => (Some(DEFAULT), false),
        Some("") => (None, true),
        Some(text) => (Some(address(LISTEN, text)?), true),
    };
    Ok(Metrics { listen, is_given, workspaces })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(listen: Option<&str>) -> Result<Metrics, &'static str> {
        let layer = Layer { metrics_listen: listen.map(str::to_owned), ..Layer::default() };
        parse(&layer).map_err(|fault| fault.name)
    }

    #[test]
    fn empty_turns_it_off_and_nothing_is_this_machine_alone() {
        assert_eq!(read(Some("")).map(|metrics| metrics.listen), Ok(None));
        let usual = read(None).expect("the default");
        assert!(usual.listen.is_some_and(|address| address.ip().is_loopback()) && !usual.is_given);
        assert_eq!(read(Some("0.0.0.0:9000")).map(|metrics| metrics.is_given), Ok(true));
        assert_eq!(read(Some("9000")), Err(LISTEN));
    }
}
