//! The connection to NATS: for ever tried again, and never waited for.

use std::{sync::Arc, time::Duration};

use async_nats::{Client, ConnectOptions, Event};
use rustls::{
    ClientConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject},
};
use rustls_platform_verifier::Verifier;
use tokio::sync::mpsc;

use crate::{
    config::{NatsLogin, NatsUrl},
    store::NodeId,
};

/// How long one try to connect may take.
const CONNECT: Duration = Duration::from_secs(2);
/// Between two tries, at most.
const PAUSE: Duration = Duration::from_secs(1);
/// How often a silent connection is asked for a sign of life.
const PING: Duration = Duration::from_secs(5);
/// Changes of the connection that wait to be looked at.
const EVENTS: usize = 16;

/// How to connect: the login, and whom to trust with TLS, which is the system's authorities and those in `extra_ca` (PEM).
///
/// # Errors
/// A sentence, when TLS cannot be set up.
pub fn options(url: &NatsUrl, extra_ca: &[u8]) -> Result<ConnectOptions, String> {
    let options = ConnectOptions::new().connection_timeout(CONNECT).tls_client_config(tls(extra_ca)?);
    Ok(match &url.login {
        None => options,
        Some(NatsLogin::Password(user, password)) => {
            options.user_and_password(user.clone(), password.expose().to_owned())
        }
        Some(NatsLogin::Token(token)) => options.token(token.expose().to_owned()),
    })
}

fn tls(extra_ca: &[u8]) -> Result<ClientConfig, String> {
    let fault = |error: &dyn std::fmt::Display| format!("no TLS for NATS: {error}");
    let extra: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(extra_ca).collect();
    let extra = extra.map_err(|error| fault(&error))?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Verifier::new_with_extra_roots(extra, provider.clone()).map_err(|error| fault(&error))?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| fault(&error))?;
    // "Dangerous" is what verifies with the system's own means and the extra authorities, as our other clients do.
    Ok(config.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

/// A client that connects in the background, and what becomes of its connection.
///
/// # Errors
/// A sentence, when the addresses cannot be read.
pub(super) async fn connect(
    options: ConnectOptions,
    url: &NatsUrl,
    node: NodeId,
) -> Result<(Client, mpsc::Receiver<Event>), String> {
    let (sender, events) = mpsc::channel(EVENTS);
    let options = options
        .name(format!("ringhook {node}"))
        .retry_on_initial_connect()
        .max_reconnects(None)
        .reconnect_delay_callback(|tries| {
            let pause = Duration::from_millis(50).saturating_mul(u32::try_from(tries).unwrap_or(u32::MAX));
            pause.min(PAUSE)
        })
        .ping_interval(PING)
        .event_callback(move |event| {
            let sender = sender.clone();
            async move {
                // Nobody listens any more once the process ends.
                let _ = sender.send(event).await;
            }
        });
    let client = options.connect(url.servers.as_slice()).await;
    client.map(|client| (client, events)).map_err(|error| format!("RINGHOOK_NATS_URL: {error}"))
}
