use poem::http::{HeaderName, HeaderValue};

use super::*;
use crate::config::proxies;

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

/// Behind a proxy at 10.0.0.1, with 10.0.0.0/8 and 2001:db8:a::/48 trusted.
fn found(headers: &[(&'static str, &str)]) -> IpAddr {
    from("10.0.0.1", headers)
}

fn from(peer: &str, headers: &[(&'static str, &str)]) -> IpAddr {
    let trusted = proxies::parse(Some("10.0.0.0/8,2001:db8:a::/48")).expect("networks");
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(HeaderName::from_static(name), HeaderValue::from_str(value).expect("a value"));
    }
    behind(ip(peer), &map, &trusted)
}

#[test]
fn a_stranger_may_say_what_it_likes() {
    for header in [("x-forwarded-for", "192.0.2.1"), ("forwarded", "for=192.0.2.1")] {
        assert_eq!(from("203.0.113.9", &[header]), ip("203.0.113.9"));
        assert_eq!(from("203.0.113.9", &[header, ("x-forwarded-for", "10.0.0.1")]), ip("203.0.113.9"));
    }
}

#[test]
fn nobody_is_trusted_by_default() {
    let mut map = HeaderMap::new();
    map.append(X_FORWARDED_FOR, HeaderValue::from_static("192.0.2.1"));
    assert_eq!(behind(ip("127.0.0.1"), &map, &TrustedProxies::default()), ip("127.0.0.1"));
}

#[test]
fn behind_a_proxy_the_right_most_untrusted_counts() {
    assert_eq!(found(&[]), ip("10.0.0.1"));
    assert_eq!(found(&[("x-forwarded-for", "203.0.113.9")]), ip("203.0.113.9"));
    // What the client made up stands on the left.
    assert_eq!(found(&[("x-forwarded-for", "192.0.2.1, 203.0.113.9")]), ip("203.0.113.9"));
    assert_eq!(found(&[("x-forwarded-for", "192.0.2.1,203.0.113.9 , 10.7.7.7")]), ip("203.0.113.9"));
    let lines = [("x-forwarded-for", "192.0.2.1"), ("x-forwarded-for", "203.0.113.9, 10.7.7.7")];
    assert_eq!(found(&lines), ip("203.0.113.9"));
    // Our own people, behind nothing but our own proxies.
    assert_eq!(found(&[("x-forwarded-for", "10.3.3.3, 10.7.7.7")]), ip("10.3.3.3"));
}

#[test]
fn forwarded_is_read_as_the_standard_writes_it() {
    for value in [
        "for=203.0.113.9",
        "For=\"203.0.113.9:4711\"; proto=https; by=10.0.0.1",
        "for=192.0.2.1, proto=http;for=203.0.113.9",
        "for=\"_a,b;for=192.0.2.1\", for=203.0.113.9, for=10.7.7.7",
        "for=\"[::ffff:203.0.113.9]\"",
    ] {
        assert_eq!(found(&[("forwarded", value)]), ip("203.0.113.9"), "{value}");
    }
    let six = ip("2001:db8:b::1");
    assert_eq!(found(&[("forwarded", "for=\"[2001:db8:b::1]:80\", for=\"[2001:db8:a::1]\"")]), six);
    assert_eq!(found(&[("x-forwarded-for", "2001:db8:b::1, [2001:db8:a::1]:443")]), six);
}

#[test]
fn what_cannot_be_read_ends_the_walk_at_who_said_it() {
    for value in ["", "unknown", "192.0.2.1, nonsense", "192.0.2.1,", "203.0.113.9.9"] {
        assert_eq!(found(&[("x-forwarded-for", value)]), ip("10.0.0.1"), "{value:?}");
    }
    for value in ["for=unknown", "for=_hidden", "proto=https", "for=\"192.0.2.1", "192.0.2.1"] {
        assert_eq!(found(&[("forwarded", value)]), ip("10.0.0.1"), "{value:?}");
    }
    assert_eq!(found(&[("x-forwarded-for", "192.0.2.1, unknown, 10.7.7.7")]), ip("10.7.7.7"));
}

#[test]
fn two_stories_are_believed_only_if_they_agree() {
    let agreed =
        [("x-forwarded-for", "192.0.2.1, 203.0.113.9"), ("forwarded", "for=203.0.113.9;proto=https")];
    assert_eq!(found(&agreed), ip("203.0.113.9"));
    let spoofed = [("x-forwarded-for", "203.0.113.9"), ("forwarded", "for=192.0.2.1")];
    assert_eq!(found(&spoofed), ip("10.0.0.1"));
}
