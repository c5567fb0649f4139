//! Logging in with an OpenID provider: issuer and client, all three or none.

use url::Url;

use super::{ConfigFault, Secret, is_loopback, parse as parse_text};

const ISSUER: &str = "RINGHOOK_OIDC_ISSUER";
const CLIENT_ID: &str = "RINGHOOK_OIDC_CLIENT_ID";
const CLIENT_SECRET: &str = "RINGHOOK_OIDC_CLIENT_SECRET";

/// An OpenID provider, and who we are to it.
#[derive(Debug, Clone)]
pub struct Oidc {
    /// The issuer, as its tokens name it: compared letter by letter, so it is kept as given.
    pub issuer: String,
    /// Our client id there.
    pub client_id: String,
    /// Our client secret there.
    pub client_secret: Secret,
}

pub(super) fn parse(
    issuer: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
) -> Result<Option<Oidc>, ConfigFault> {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let (issuer, client_id, client_secret) = (given(issuer), given(client_id), given(client_secret));
    match (issuer, client_id, client_secret) {
        (None, None, None) => Ok(None),
        (Some(issuer), Some(client_id), Some(secret)) => {
            check_issuer(&issuer)?;
            Ok(Some(Oidc { issuer, client_id, client_secret: Secret::new(secret) }))
        }
        (issuer, client_id, _) => {
            let missing = match (issuer, client_id) {
                (None, _) => ISSUER,
                (_, None) => CLIENT_ID,
                _ => CLIENT_SECRET,
            };
            let detail =
                format!("is missing: give {ISSUER}, {CLIENT_ID} and {CLIENT_SECRET}, or none of them");
            Err(ConfigFault::new(missing, detail))
        }
    }
}

/// OpenID Connect Discovery 1.0, section 4: an https URL without query or fragment; http is for this machine alone.
fn check_issuer(issuer: &str) -> Result<(), ConfigFault> {
    let url: Url = parse_text(ISSUER, issuer)?;
    if !(url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url))) {
        return Err(ConfigFault::new(ISSUER, "must be an https:// URL"));
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err(ConfigFault::new(ISSUER, "must have no user, query or fragment"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(issuer: &str, id: &str, secret: &str) -> Result<Option<Oidc>, &'static str> {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        parse(some(issuer), some(id), some(secret)).map_err(|fault| fault.name)
    }

    #[test]
    fn all_three_or_none() {
        assert!(read("", "", "").is_ok_and(|oidc| oidc.is_none()));
        let oidc = read("https://id.example.com/", "ringhook", "hidden").expect("read").expect("given");
        assert_eq!(
            (oidc.issuer.as_str(), oidc.client_secret.expose()),
            ("https://id.example.com/", "hidden")
        );
        assert!(!format!("{oidc:?}").contains("hidden"));
        assert_eq!(read("", "ringhook", "hidden").err(), Some(ISSUER));
        assert_eq!(read("https://id.example.com", "", "hidden").err(), Some(CLIENT_ID));
        assert_eq!(read("https://id.example.com", "ringhook", "").err(), Some(CLIENT_SECRET));
    }

    #[test]
    fn an_issuer_is_reached_over_https() {
        assert_eq!(read("http://id.example.com", "a", "b").err(), Some(ISSUER));
        assert_eq!(read("https://id.example.com/?a=b", "a", "b").err(), Some(ISSUER));
        assert!(read("http://localhost:9000/realm", "a", "b").is_ok());
    }
}
