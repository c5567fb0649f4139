//! Our cookies: read by script never, sent to other sites' requests never, and over https to this host alone.

use cookie::{Cookie, SameSite, time::Duration};
use poem::{Request, Response, http::header};

use crate::config::Config;

/// What a cookie is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jar {
    /// A session's token.
    Session,
    /// What the browser holds that signed up.
    SignUp,
    /// A ticket between two steps of a login.
    Step,
}

impl Jar {
    /// `__Host-` binds a cookie to https and this very host (RFC 6265bis, section 4.1.3.2); on loopback without https
    /// browsers would refuse that.
    const fn name(self, plain: bool) -> &'static str {
        match (self, plain) {
            (Self::Session, false) => "__Host-ringhook-session",
            (Self::Session, true) => "ringhook-session",
            (Self::SignUp, false) => "__Host-ringhook-signup",
            (Self::SignUp, true) => "ringhook-signup",
            (Self::Step, false) => "__Host-ringhook-step",
            (Self::Step, true) => "ringhook-step",
        }
    }

    const fn lasts(self) -> Duration {
        match self {
            Self::Session => Duration::days(30),
            Self::SignUp => Duration::days(1),
            Self::Step => Duration::minutes(10),
        }
    }

    /// What the request's cookie holds; of several the first, which is the one set for the longest path.
    pub fn read(self, config: &Config, request: &Request) -> Option<String> {
        let name = self.name(is_plain(config));
        let headers = request.headers().get_all(header::COOKIE).iter();
        let mut cookies = headers
            .filter_map(|header| header.to_str().ok())
            .flat_map(|text| Cookie::split_parse(text).filter_map(Result::ok));
        let found = cookies.find(|cookie| cookie.name() == name)?;
        Some(found.value().to_owned()).filter(|value| !value.is_empty())
    }

    /// Adds the cookie to an answer.
    pub fn set(self, config: &Config, response: &mut Response, value: &str) {
        self.put(config, response, value, self.lasts());
    }

    /// Removes the cookie with an answer.
    pub fn clear(self, config: &Config, response: &mut Response) {
        self.put(config, response, "", Duration::ZERO);
    }

    fn put(self, config: &Config, response: &mut Response, value: &str, lasts: Duration) {
        let plain = is_plain(config);
        let cookie = Cookie::build((self.name(plain), value.to_owned()))
            .path("/")
            .http_only(true)
            .secure(!plain)
            .same_site(SameSite::Lax)
            .max_age(lasts)
            .build();
        if let Ok(value) = cookie.to_string().parse() {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
}

fn is_plain(config: &Config) -> bool {
    config.public_url.scheme() == "http" && config.is_loopback()
}
