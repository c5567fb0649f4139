//! What we ask an OpenID provider (OpenID Connect Core 1.0, section 3.1): who somebody is, by the authorization code flow
//! with PKCE, state and nonce. What its answer means here is `domain::people::oidc`'s.

pub(crate) mod http;

use std::{sync::Arc, time::Duration};

use moka::future::Cache;
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, IssuerUrl, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, Scope, TokenResponse,
    core::{
        CoreAuthenticationFlow, CoreClient, CoreIdToken, CoreIdTokenClaims, CoreJwsSigningAlgorithm,
        CoreProviderMetadata,
    },
};
use serde::{Deserialize, Serialize};

use crate::config::{Config, Oidc};

/// How long the provider's document and keys are believed. New keys are asked for when they are needed.
const REMEMBERED: Duration = Duration::from_secs(3600);
/// Signatures that prove something: `none` and secrets shared with others are not among them.
const SIGNATURES: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Why nobody was proved. For the log: it may quote the provider, never a secret.
#[derive(Debug, thiserror::Error)]
pub enum OidcFault {
    /// The provider could not be asked.
    #[error("the OpenID provider could not be asked: {0}")]
    Unreachable(String),
    /// It answered, and the answer proves nobody.
    #[error("the OpenID provider's answer proves nobody: {0}")]
    Unproved(String),
}

/// What the browser and we must remember until it comes back.
#[derive(Clone, Serialize, Deserialize)]
pub struct Secrets {
    /// Comes back with the browser.
    pub state: String,
    nonce: String,
    verifier: String,
}

/// Who somebody is to the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The provider.
    pub issuer: String,
    /// The person there, for good.
    pub subject: String,
    /// Their address, where the provider has proved it.
    pub verified_email: Option<String>,
}

/// The provider that the operator configured.
pub struct Provider {
    oidc: Oidc,
    redirect: RedirectUrl,
    http: reqwest::Client,
    found: Cache<(), Arc<CoreProviderMetadata>>,
}

impl Provider {
    /// Prepares for the configured provider, if there is one; it is not asked anything yet.
    ///
    /// # Errors
    /// A sentence, when no client can be set up.
    pub fn new(config: &Config) -> Result<Option<Self>, String> {
        let Some(oidc) = config.oidc.clone() else { return Ok(None) };
        let redirect = format!("{}/login/oidc/callback", config.public_base());
        Ok(Some(Self {
            oidc,
            redirect: RedirectUrl::new(redirect).map_err(|error| format!("RINGHOOK_PUBLIC_URL: {error}"))?,
            http: http::client(&config.extra_ca).map_err(|error| error.to_string())?,
            found: Cache::builder().max_capacity(1).time_to_live(REMEMBERED).build(),
        }))
    }

    /// Its document and keys.
    async fn discovered(&self) -> Result<Arc<CoreProviderMetadata>, OidcFault> {
        let discover = async {
            let issuer = IssuerUrl::new(self.oidc.issuer.clone()).map_err(|error| error.to_string())?;
            let asked = CoreProviderMetadata::discover_async(issuer, &http::Asker(&self.http)).await;
            asked.map(Arc::new).map_err(|error| http::told(&error))
        };
        let found = self.found.try_get_with((), discover).await;
        found.map_err(|error| OidcFault::Unreachable(error.to_string()))
    }

    /// Asks for its document and keys.
    ///
    /// # Errors
    /// [`OidcFault::Unreachable`].
    pub async fn check(&self) -> Result<(), OidcFault> {
        self.discovered().await.map(drop)
    }

    /// Where to send the browser, and what to remember.
    ///
    /// # Errors
    /// [`OidcFault::Unreachable`].
    pub async fn start(&self) -> Result<(String, Secrets), OidcFault> {
        let found = self.discovered().await?;
        let (id, secret) = self.credentials();
        let client = CoreClient::from_provider_metadata((*found).clone(), id, Some(secret))
            .set_redirect_uri(self.redirect.clone());
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scope(Scope::new("email".into()))
            .set_pkce_challenge(challenge)
            .url();
        let secrets = Secrets {
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
        };
        Ok((url.to_string(), secrets))
    }

    fn credentials(&self) -> (ClientId, ClientSecret) {
        let secret = ClientSecret::new(self.oidc.client_secret.expose().to_owned());
        (ClientId::new(self.oidc.client_id.clone()), secret)
    }

    /// Who has come back with `code`.
    ///
    /// # Errors
    /// [`OidcFault`].
    pub async fn finish(&self, code: String, secrets: &Secrets) -> Result<Claims, OidcFault> {
        let token = self.exchanged(code, secrets).await?;
        let nonce = Nonce::new(secrets.nonce.clone());
        if let Ok(claims) = self.verified(&token, &nonce).await {
            return Ok(claims);
        }
        // Its keys may be new.
        self.found.invalidate(&()).await;
        self.verified(&token, &nonce).await
    }

    async fn exchanged(&self, code: String, secrets: &Secrets) -> Result<CoreIdToken, OidcFault> {
        let found = self.discovered().await?;
        let (id, secret) = self.credentials();
        let client = CoreClient::from_provider_metadata((*found).clone(), id, Some(secret))
            .set_redirect_uri(self.redirect.clone());
        let asked = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| OidcFault::Unreachable(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(secrets.verifier.clone()))
            .request_async(&http::Asker(&self.http))
            .await;
        let answer = asked.map_err(|error| OidcFault::Unproved(http::told(&error)))?;
        answer.id_token().cloned().ok_or_else(|| OidcFault::Unproved("it gave no ID token".into()))
    }

    async fn verified(&self, token: &CoreIdToken, nonce: &Nonce) -> Result<Claims, OidcFault> {
        let found = self.discovered().await?;
        let (id, secret) = self.credentials();
        let client = CoreClient::from_provider_metadata((*found).clone(), id, Some(secret));
        let verifier = client.id_token_verifier().set_allowed_algs(SIGNATURES);
        let claims = token.claims(&verifier, nonce);
        claims.map(|claims| self.told(claims)).map_err(|error| OidcFault::Unproved(http::told(&error)))
    }

    fn told(&self, claims: &CoreIdTokenClaims) -> Claims {
        let email = claims.email().filter(|_| claims.email_verified() == Some(true));
        Claims {
            issuer: self.oidc.issuer.clone(),
            subject: claims.subject().to_string(),
            verified_email: email.map(|email| email.to_string()),
        }
    }
}
