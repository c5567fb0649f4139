//! What is over is counted, for the overview.

use std::{sync::Arc, time::Duration};

use super::Dispatch;
use crate::{domain::rollups, metrics::metrics};

/// Pause between rounds.
const ROUND: Duration = Duration::from_secs(20);

/// Counts, until the process is to end.
pub async fn count(dispatch: Arc<Dispatch>) {
    let mut from = None;
    loop {
        let pause = match rollups::roll(&dispatch.ground, from).await {
            Ok(rolled) => {
                metrics().counted_until(rolled.next);
                from = Some(rolled.next);
                if rolled.is_done { ROUND } else { Duration::ZERO }
            }
            Err(error) => {
                tracing::warn!(%error, "what happened was not counted");
                ROUND
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = dispatch.stopping.cancelled() => return,
        }
    }
}
