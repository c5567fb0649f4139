//! The proxies whose word about a request's origin counts.

use std::net::IpAddr;

use ipnet::IpNet;

use super::ConfigFault;

const NAME: &str = "RINGHOOK_TRUSTED_PROXIES";

/// Networks of trusted proxies; none by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Whether `address` is one of them. An IPv4 address written as IPv6 counts as what it is.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether anybody at all counts as a proxy, and may say where it comes from.
    pub fn is_everybody(&self) -> bool {
        self.0.iter().any(|network| network.prefix_len() == 0)
    }
}

/// A comma list of CIDRs; a bare address is a network of one.
pub(crate) fn parse(list: Option<&str>) -> Result<TrustedProxies, ConfigFault> {
    let texts = list.unwrap_or_default().split(',').map(str::trim).filter(|text| !text.is_empty());
    let network = |text: &str| {
        let network =
            text.parse::<IpNet>().or_else(|error| text.parse::<IpAddr>().map(IpNet::from).map_err(|_| error));
        network.map_err(|_| {
            ConfigFault::new(NAME, format!("`{text}` is no network; write it as 10.0.0.0/8 or 2001:db8::/32"))
        })
    };
    texts.map(network).collect::<Result<_, _>>().map(TrustedProxies)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn networks_and_addresses_are_read() {
        let proxies = parse(Some("10.0.0.0/8, 192.0.2.7,2001:db8::/32")).expect("networks");
        for inside in ["10.1.2.3", "192.0.2.7", "2001:db8::1", "::ffff:10.1.2.3"] {
            assert!(proxies.contains(address(inside)), "{inside}");
        }
        for outside in ["11.0.0.1", "192.0.2.8", "2001:db9::1", "::1"] {
            assert!(!proxies.contains(address(outside)), "{outside}");
        }
        assert_eq!(parse(None), Ok(TrustedProxies::default()));
        assert_eq!(parse(Some("")), Ok(TrustedProxies::default()));
    }

    #[test]
    fn what_is_no_network_is_named() {
        let fault = parse(Some("10.0.0.0/8,everyone")).expect_err("a fault");
        assert_eq!(fault.name, NAME);
        assert!(fault.detail.contains("everyone"), "{fault}");
    }
}
