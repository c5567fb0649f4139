//! Whoever asks for a page, known or not: from where, with what, and the ground to act on.

use std::sync::Arc;

use poem::{FromRequest, Request, RequestBody, Response, Result, http::header};

use super::{Jar, throttle::Throttle};
use crate::{
    app::App,
    domain::{Ground, audit::Actor, people::sessions::From},
    http::{client_address::client_address, page::server_fault},
};

/// A request's sender.
pub struct Visitor {
    /// The program.
    pub app: Arc<App>,
    /// The ground, to act on as a visitor.
    pub ground: Ground,
    /// From where.
    pub from: From,
    cookies: [Option<String>; 3],
}

impl Visitor {
    /// What a cookie holds.
    pub fn cookie(&self, jar: Jar) -> Option<&str> {
        self.cookies[jar as usize].as_deref()
    }

    /// Adds a cookie to an answer.
    pub fn keep(&self, jar: Jar, response: &mut Response, value: &str) {
        jar.set(&self.app.config, response, value);
    }

    /// Removes a cookie with an answer.
    pub fn forget(&self, jar: Jar, response: &mut Response) {
        jar.clear(&self.app.config, response);
    }

    /// What the OpenID provider is called, where one is configured.
    pub fn oidc_name(&self) -> Option<String> {
        let issuer = self.app.config.oidc.as_ref()?.issuer.parse::<url::Url>().ok()?;
        issuer.host_str().map(str::to_owned)
    }

    /// Whether browsers keep none of our cookies: over plain http, but for this machine alone.
    pub fn loses_cookies(&self) -> bool {
        self.app.config.public_url.scheme() == "http" && !self.app.config.is_loopback()
    }

    /// The public URL, for links.
    pub fn base(&self) -> &str {
        self.app.config.public_base()
    }

    /// How often who may try.
    pub fn throttle(&self) -> &Throttle {
        &self.app.throttle
    }
}

impl<'a> FromRequest<'a> for Visitor {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> Result<Self> {
        let Some(app) = request.data::<Arc<App>>().cloned() else {
            tracing::error!("a page was mounted without its App");
            return Err(poem::Error::from_response(server_fault()));
        };
        let device = request.headers().get(header::USER_AGENT).and_then(|device| device.to_str().ok());
        let address = client_address(request, &app.config.trusted_proxies);
        let address = address.map_or_else(String::new, |address| address.to_string());
        let from = From { device: device.unwrap_or_default().to_owned(), address: address.clone() };
        let cookies = [Jar::Session, Jar::SignUp, Jar::Step].map(|jar| jar.read(&app.config, request));
        let ground = app.ground.by(Actor::visitor(address));
        Ok(Self { ground, from, cookies, app })
    }
}
