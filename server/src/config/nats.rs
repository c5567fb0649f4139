//! The NATS servers that carry the bus between nodes.

use std::fmt;

use percent_encoding::percent_decode_str;
use url::Url;

use super::{ConfigFault, Secret};

const NAME: &str = "RINGHOOK_NATS_URL";
const SHAPE: &str = "must be nats://user:password@host:4222, nats://token@host:4222 or tls://…, with commas between \
                     several; percent-encode special characters of user, password and token";
/// NATS's own.
const PORT: u16 = 4222;

/// How a node proves itself to NATS. One for all servers of a list: they are one cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NatsLogin {
    /// A user and its password.
    Password(String, Secret),
    /// A token.
    Token(Secret),
}

/// The servers. Debug and Display show them without login.
#[derive(Clone)]
pub struct NatsUrl {
    /// `nats://host:port` or `tls://host:port`, each without a login.
    pub servers: Vec<String>,
    /// The first login that the list names.
    pub login: Option<NatsLogin>,
}

impl fmt::Display for NatsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.servers.join(","))
    }
}

impl fmt::Debug for NatsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

pub(super) fn parse(text: Option<&str>) -> Result<Option<NatsUrl>, ConfigFault> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    let (mut servers, mut login) = (Vec::new(), None);
    for part in text.split(',') {
        let (server, named) = server(part.trim())?;
        servers.push(server);
        login = login.or(named);
    }
    Ok(Some(NatsUrl { servers, login }))
}

/// One server. A fault's text never quotes it, for it holds a password.
fn server(text: &str) -> Result<(String, Option<NatsLogin>), ConfigFault> {
    let fault = || ConfigFault::new(NAME, SHAPE);
    let text = if text.contains("://") { text.to_owned() } else { format!("nats://{text}") };
    let url = Url::parse(&text).map_err(|_| fault())?;
    let is_bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    if !matches!(url.scheme(), "nats" | "tls") || !is_bare {
        return Err(fault());
    }
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(fault)?;
    let server = format!("{}://{host}:{}", url.scheme(), url.port().unwrap_or(PORT));
    let decode = |text: &str| {
        let decoded = percent_decode_str(text).decode_utf8().map(|text| text.into_owned());
        decoded.map_err(|_| ConfigFault::new(NAME, "user, password and token must be UTF-8"))
    };
    let login = match (url.username(), url.password()) {
        ("", None) => None,
        (token, None) => Some(NatsLogin::Token(Secret::new(decode(token)?))),
        (user, Some(password)) => Some(NatsLogin::Password(decode(user)?, Secret::new(decode(password)?))),
    };
    Ok((server, login))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> NatsUrl {
        parse(Some(text)).expect("a list").expect("a server")
    }

    #[test]
    fn a_list_has_one_login_and_shows_none() {
        let url = read("nats://ann:p%40ss@one.example, tls://two.example:5222,three");
        assert_eq!(url.servers, ["nats://one.example:4222", "tls://two.example:5222", "nats://three:4222"]);
        assert_eq!(url.login, Some(NatsLogin::Password("ann".into(), Secret::new("p@ss"))));
        assert_eq!(format!("{url} {url:?}").matches("ss").count(), 0);
        let url = read("nats://t0ken@[::1]:4222");
        assert_eq!(url.servers, ["nats://[::1]:4222"]);
        assert_eq!(url.login, Some(NatsLogin::Token(Secret::new("t0ken"))));
        assert!(!format!("{url} {url:?}").contains("t0ken"));
    }

    #[test]
    fn nothing_is_no_bus_and_nonsense_is_a_fault_that_quotes_no_secret() {
        assert!(parse(None).is_ok_and(|url| url.is_none()));
        assert!(parse(Some(" ")).is_ok_and(|url| url.is_none()));
        for text in
            ["http://ann:hidden@x", "nats://", "nats://ann:hidden@x/y", "nats://x,,y", "nats://x?hidden"]
        {
            let fault = parse(Some(text)).expect_err(text);
            assert!(fault.name == NAME && !fault.detail.contains("hidden"), "{fault}");
        }
    }
}
