//! What is over is counted, for the overview.

use std::{sync::Arc, time::Duration};

use super::Dispatch;
use crate::domain::rollups;

/// Pause between rounds.
const ROUND: Duration = Duration::from_secs(20);

/// Counts, until the process is to end.
pub async fn count(dispatch: Arc<Dispatch>) {
    let mut from = None;
    loop {
        match rollups::roll(&dispatch.ground, from).await {
            Ok(next) => from = Some(next),
            Err(error) => tracing::warn!(%error, "what happened was not counted"),
        }
        tokio::select! {
            () = tokio::time::sleep(ROUND) => {}
            () = dispatch.stopping.cancelled() => return,
        }
    }
}
