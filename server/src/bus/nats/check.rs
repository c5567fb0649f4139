//! Whether NATS can be talked over, for `ringhook doctor`.

use std::time::Duration;

use futures_util::StreamExt;

use crate::{config::NatsUrl, secrets};

/// How long all of it may take.
const WITHIN: Duration = Duration::from_secs(5);

/// Connects, and sends a message there and back.
///
/// # Errors
/// What is in the way, in words; never a secret.
pub async fn check(url: &NatsUrl, extra_ca: &[u8]) -> Result<Duration, String> {
    let options = super::options(url, extra_ca)?;
    let checked = async {
        let client = options.connect(url.servers.as_slice()).await.map_err(|error| error.to_string())?;
        let began = tokio::time::Instant::now();
        // Of its own, so that no node hears it; below the subject that nodes need permission for.
        let subject = format!("ringhook.doctor.{}", u64::from_le_bytes(secrets::random()));
        let refused = |error: &dyn std::fmt::Display| format!("a message was not taken: {error}");
        let mut messages = client.subscribe(subject.clone()).await.map_err(|error| refused(&error))?;
        client.publish(subject, "there and back".into()).await.map_err(|error| refused(&error))?;
        client.flush().await.map_err(|error| refused(&error))?;
        messages.next().await.map(|_| began.elapsed()).ok_or_else(|| "the connection was closed".to_owned())
    };
    let late = |_| {
        format!(
            "no message came back within {} s; may this user publish and subscribe below `ringhook.>`?",
            WITHIN.as_secs()
        )
    };
    tokio::time::timeout(WITHIN, checked).await.map_err(late)?
}
