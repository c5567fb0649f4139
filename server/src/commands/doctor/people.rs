//! What people reach us by, and we them: mails, and logging in elsewhere.

use super::finding::Finding;
use crate::{config::Config, mail::Server, oidc};

/// Whether the server for mails takes us in.
pub(super) async fn mail(config: &Config) -> Finding {
    let Some(smtp) = &config.mail.smtp else {
        let folder = config.outbox();
        return Finding::note(format!(
            "goes into {}; set RINGHOOK_SMTP_URL to the server that sends it",
            folder.display()
        ));
    };
    let server = match Server::new(smtp.clone(), &config.extra_ca) {
        Ok(server) => server,
        Err(error) => return Finding::fault(error),
    };
    match server.check().await {
        Ok(()) if smtp.login.is_some() => Finding::good(format!("{smtp} answers and lets us in")),
        Ok(()) => Finding::good(format!("{smtp} answers")),
        Err(error) => Finding::fault(format!("{smtp}: {error}; see RINGHOOK_SMTP_URL")),
    }
}

/// Whether the OpenID provider tells about itself.
pub(super) async fn openid(config: &Config) -> Finding {
    let issuer = config.oidc.as_ref().map(|oidc| oidc.issuer.as_str()).unwrap_or_default();
    let provider = match oidc::Provider::new(config) {
        Ok(Some(provider)) => provider,
        Ok(None) => return Finding::good("no provider is configured"),
        Err(error) => return Finding::fault(error),
    };
    match provider.check().await {
        Ok(()) => Finding::good(format!("{issuer} answers")),
        Err(error) => Finding::fault(format!("{error}; see RINGHOOK_OIDC_ISSUER")),
    }
}
