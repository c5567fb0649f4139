//! Why a signature does not hold: tries what proxies and settings commonly change, and says which would have verified.
//!
//! The candidates are a fixed list (at most about 40 URLs), so a flood of bad signatures buys little work.

use serde_json::{Map, Value};

use super::hints::{self, Change};
use super::signature::{
    BODY_HASH, Parts, Rejection, any_holds, body_hash, hash_in, host_and_port, parameters,
};

/// How many other host names are tried.
const MAX_SEEN_HOSTS: usize = 3;

/// Ports under which people serve webhooks besides the schemes' own.
const COMMON_PORTS: [&str; 4] = ["80", "443", "8080", "8443"];

/// The likely cause when `signature` does not hold for the URL `received`.
pub(super) fn explain(
    body: &[u8],
    signature: &str,
    received: &Parts<'_>,
    tokens: &[&[u8]],
    seen_hosts: &[&str],
) -> Rejection {
    if tokens.iter().all(|token| token.is_empty()) {
        return hints::no_token();
    }
    let spellings = Spellings::of(received, body);
    let candidates = spellings.candidates(received).into_iter().chain(elsewhere(received, seen_hosts));
    let mut candidates = candidates.chain(on_common_ports(received));
    if let Some((parts, change)) = candidates.find(|(parts, _)| any_holds(&parts.urls(), tokens, signature)) {
        return change.rejection(&parts);
    }
    if covers_members(received, body, tokens, signature) {
        return hints::body_as_form();
    }
    hints::wrong_token()
}

type Candidate<'a> = (Parts<'a>, Change);

/// Other spellings of the pieces received, kept here for the candidates to borrow.
struct Spellings {
    lower_host: String,
    www_host: String,
    slashed_path: String,
    /// The query with the body's hash appended; none when it has one.
    hashed_query: Option<String>,
    /// The query without its `bodySHA256`; none when it has none.
    bare_query: Option<String>,
}

impl Spellings {
    fn of(received: &Parts<'_>, body: &[u8]) -> Self {
        let (host, path) = (received.host, received.path);
        let kept: Vec<&str> = parameters(received.query).filter(|one| hash_in(one).is_none()).collect();
        let hashed = kept.len() < parameters(received.query).count();
        let appended = || {
            let hash = format!("{BODY_HASH}={}", body_hash(body));
            received
                .query
                .filter(|query| !query.is_empty())
                .map_or_else(|| hash.clone(), |query| format!("{query}&{hash}"))
        };
        Self {
            lower_host: host.to_ascii_lowercase(),
            www_host: host.strip_prefix("www.").map_or_else(|| format!("www.{host}"), str::to_owned),
            slashed_path: path.strip_suffix('/').map_or_else(|| format!("{path}/"), str::to_owned),
            hashed_query: (!hashed).then(appended),
            bare_query: hashed.then(|| kept.join("&")),
        }
    }

    fn candidates<'a>(&'a self, received: &Parts<'a>) -> Vec<Candidate<'a>> {
        let received = *received;
        let mut list = vec![
            (other_scheme(received), Change::Origin),
            (Parts { host: &self.lower_host, ..received }, Change::Origin),
            (Parts { host: &self.www_host, ..received }, Change::Origin),
            (Parts { path: &self.slashed_path, ..received }, Change::TrailingSlash),
            (Parts { path: without_first_segment(received.path), ..received }, Change::FirstSegment),
            (Parts { prefix: "", ..received }, Change::Prefix),
        ];
        if let Some(query) = &self.hashed_query {
            list.push((Parts { query: Some(query), ..received }, Change::HashDropped));
        }
        if let Some(query) = &self.bare_query {
            let query = Some(query.as_str()).filter(|query| !query.is_empty());
            list.push((Parts { query, ..received }, Change::HashUnsigned));
        }
        if let Some(query) = up_to_hash(received.query) {
            list.push((Parts { query: Some(query), ..received }, Change::QueryExtended));
        }
        list.push((Parts { query: None, ..received }, Change::QueryAdded));
        list
    }
}

/// The URL under the other names under which the request may have been sent, with either scheme.
fn elsewhere<'a>(received: &Parts<'a>, seen_hosts: &[&'a str]) -> Vec<Candidate<'a>> {
    let seen = seen_hosts.iter().flat_map(|header| header.split(',')).map(str::trim);
    let seen = seen.filter(|host| !host.is_empty() && host.len() <= 253).take(MAX_SEEN_HOSTS);
    let named = seen.flat_map(|authority| {
        let (host, port) = host_and_port(authority);
        ["https", "http"].map(|scheme| Parts { scheme, host, ..*received }.with_port(port))
    });
    named.map(|parts| (parts, Change::Origin)).collect()
}

fn on_common_ports<'a>(received: &Parts<'a>) -> impl Iterator<Item = Candidate<'a>> {
    COMMON_PORTS.map(|port| (Parts { port: Some(port), ..*received }, Change::Origin)).into_iter()
}

fn other_scheme(received: Parts<'_>) -> Parts<'_> {
    let scheme = if received.scheme == "https" { "http" } else { "https" };
    Parts { scheme, ..received }.with_port(received.port)
}

/// The query as Twilio would have ended it: with its hash.
fn up_to_hash(query: Option<&str>) -> Option<&str> {
    let query = query?;
    let start = query.find(&format!("{BODY_HASH}="))?;
    let end = query[start..].find('&').map_or(query.len(), |length| start + length);
    Some(&query[..end])
}

fn without_first_segment(path: &str) -> &str {
    let second = path.match_indices('/').nth(1);
    second.map_or(path, |(start, _)| &path[start..])
}

/// Twilio signs a form by appending its sorted fields to the URL. Whether the body's members were signed like that.
fn covers_members(received: &Parts<'_>, body: &[u8], tokens: &[&[u8]], signature: &str) -> bool {
    let Ok(members) = serde_json::from_slice::<Map<String, Value>>(body) else {
        return false;
    };
    let mut members: Vec<_> = members.iter().collect();
    members.sort_by_key(|(key, _)| key.as_str());
    let mut fields = String::new();
    for (key, value) in members {
        fields.push_str(key);
        fields.push_str(&value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    let texts: Vec<String> = received.urls().into_iter().map(|url| url + &fields).collect();
    any_holds(&texts, tokens, signature)
}

#[cfg(test)]
#[path = "diagnosis_tests.rs"]
mod tests;
