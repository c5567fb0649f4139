//! The address that a request came from. A proxy's word for it counts where the operator trusts that proxy: then the
//! right-most address that is no trusted proxy's. Whatever stands left of it, its sender may have made up
//! (<https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/X-Forwarded-For>, RFC 7239).

use std::net::{IpAddr, SocketAddr};

use poem::{
    Request,
    http::{HeaderMap, header},
};

use crate::config::TrustedProxies;

const X_FORWARDED_FOR: &str = "x-forwarded-for";

/// Where the request came from; `None` when the connection does not say.
pub fn client_address(request: &Request, trusted: &TrustedProxies) -> Option<IpAddr> {
    let peer = request.remote_addr().as_socket_addr()?.ip().to_canonical();
    Some(behind(peer, request.headers(), trusted))
}

fn behind(peer: IpAddr, headers: &HeaderMap, trusted: &TrustedProxies) -> IpAddr {
    if !trusted.contains(peer) {
        return peer;
    }
    let texts = |name| headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default());
    let x_forwarded: Vec<_> = texts(X_FORWARDED_FOR).flat_map(|text| text.split(',')).map(address).collect();
    let forwarded: Vec<_> =
        texts(header::FORWARDED.as_str()).flat_map(|text| split(text, ',')).map(node).collect();
    match (x_forwarded.is_empty(), forwarded.is_empty()) {
        (true, true) => peer,
        (false, true) => right_most(peer, &x_forwarded, trusted),
        (true, false) => right_most(peer, &forwarded, trusted),
        (false, false) => {
            // A proxy writes one of them, and may let its client's own other one pass. If they differ, none is believed.
            let found = right_most(peer, &x_forwarded, trusted);
            if found == right_most(peer, &forwarded, trusted) { found } else { peer }
        }
    }
}

/// Walks from the nearest hop to the farthest and stops at the first that is not trusted, or cannot be read.
fn right_most(peer: IpAddr, hops: &[Option<IpAddr>], trusted: &TrustedProxies) -> IpAddr {
    let mut found = peer;
    for hop in hops.iter().rev() {
        let Some(hop) = hop else { return found };
        found = *hop;
        if !trusted.contains(found) {
            return found;
        }
    }
    found
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()));
    address.ok().map(|address| address.to_canonical())
}

/// The `for` of one element of `Forwarded`, such as `for="[2001:db8::1]:80";proto=https`.
fn node(element: &str) -> Option<IpAddr> {
    let mut pairs = split(element, ';').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    let value = value.trim();
    address(value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value))
}

/// Splits at `at` outside quotes.
fn split(text: &str, at: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c| {
        quoted ^= c == '"';
        c == at && !quoted
    })
}

#[cfg(test)]
#[path = "client_address_tests.rs"]
mod tests;
