//! What this node answers the others.

use std::{sync::Arc, time::Duration};

use async_nats::Message;
use futures_util::future::join_all;
use serde::Serialize;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::{
    link::Link,
    wire::{self, Ask, Asked, Came, Here, Rung},
};
use crate::{
    bus::{Callee, Counters, Heard, Ring, Unwritten},
    store::{BindingId, DeliveryId, NotificationId, Ts},
};

/// How long frames may take to be written before it is answered without them: less than who asks waits.
const WRITTEN_WITHIN: Duration = Duration::from_millis(100);

/// Answers what was asked of a callee. Nothing here waits.
pub(super) fn answer(link: &Arc<Link>, callee: &Callee, message: Message) {
    let workspace = callee.workspace.0;
    let asked: Option<Asked> = wire::open(&link.keyring, workspace, &message.subject, &message.payload);
    let Some(Asked { node, ask }) = asked else {
        Counters::count(&link.counters.unreadable);
        return;
    };
    match ask {
        // Our own question: what is here we know.
        Ask::Who if node == link.node => {
            reply(link.clone(), workspace, message, async move { Here { node, bindings: Vec::new() } });
        }
        Ask::Ring { .. } if node == link.node => {
            reply(link.clone(), workspace, message, async move { Rung { node, came: Vec::new() } });
        }
        _ if node == link.node => {}
        Ask::Who => {
            let seats = link.hub.connections(callee);
            let here = Here { node: link.node, bindings: seats.iter().map(|seat| seat.binding.0).collect() };
            reply(link.clone(), workspace, message, async move { here });
        }
        Ask::Ring { notification, text, message_id, received_at, legs, others } => {
            let ring = Ring {
                callee: callee.clone(),
                notification: NotificationId(notification),
                text: text.into(),
                message_id,
                received_at: Ts::from_micros(received_at),
                legs: legs
                    .into_iter()
                    .map(|(binding, delivery)| (BindingId(binding), DeliveryId(delivery)))
                    .collect(),
            };
            let (node, by) = (link.node, Instant::now() + WRITTEN_WITHIN);
            let heard = link.hub.ring(&ring, others.into()).into_iter();
            let came = heard.map(move |(binding, heard)| async move { (binding.0, came(heard, by).await) });
            reply(link.clone(), workspace, message, async move { Rung { node, came: join_all(came).await } });
        }
        Ask::Look(look) => {
            let others = crate::bus::Others::from(look);
            let seats = link.hub.connections(callee);
            seats.iter().filter(|seat| others.looks(seat.binding)).for_each(|seat| seat.look());
        }
        Ask::Moved { binding, at } => {
            link.hub.replace(callee, BindingId(binding), Ts::from_micros(at));
        }
    }
}

async fn came(heard: Heard, by: Instant) -> Came {
    match timeout_at(by, heard.wait()).await {
        Ok(Ok(())) => Came::Written,
        Ok(Err(Unwritten::Gone)) => Came::Gone,
        Ok(Err(Unwritten::Slow)) => Came::Slow,
        Ok(Err(Unwritten::Silent)) | Err(_) => Came::Waits,
    }
}

fn reply<T: Serialize + Send + Sync>(
    link: Arc<Link>,
    workspace: Uuid,
    asked: Message,
    answer: impl Future<Output = T> + Send + 'static,
) {
    let Some(subject) = asked.reply else { return };
    tokio::spawn(async move {
        let answer = answer.await;
        link.send(workspace, subject.to_string(), None, &answer).await;
    });
}
