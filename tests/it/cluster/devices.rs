//! Devices on sockets that come back whenever they are left, and remember every call.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ringhook_tests::ledger::Asked;
use ringhook_tests::socket::{Socket, client_token};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::sleep;

use super::nodes::Cluster;
use crate::faults::load::World;

/// Between two tries to find a node.
const PAUSE: Duration = Duration::from_millis(50);

/// A device. It ends when dropped.
pub struct Device {
    name: String,
    heard: Arc<Mutex<Vec<(String, Instant)>>>,
    count: watch::Sender<usize>,
    task: AbortHandle,
}

impl Device {
    /// A device of `identity` that prefers the node `home`, bound by its own id.
    pub async fn new(world: &mut World, cluster: &Arc<Cluster>, identity: &'static str, home: usize) -> Self {
        let name = format!("socket-{home}");
        let (api, sid) = (world.app.api(&world.workspace), world.workspace.account_sid.clone());
        let binding =
            json!({"account_sid": sid, "identity": identity, "channel": "websocket", "device_id": name});
        let id = api.post("/bindings", binding).await.expect(201).id();
        world.devices.entry(identity).or_default().push(name.clone());
        world.addresses.insert(id, name.clone());
        let token = client_token(&api, &sid, identity, 3600).await;
        let (heard, count) = (Arc::default(), watch::Sender::new(0));
        let task = tokio::spawn(listen(
            cluster.clone(),
            home,
            token,
            name.clone(),
            Arc::clone(&heard),
            count.clone(),
        ));
        Self { name, heard, count, task: task.abort_handle() }
    }

    /// Waits until it has heard of a message.
    pub async fn hears(&self, message: &str) {
        let mut count = self.count.subscribe();
        let has = |_: &usize| lock(&self.heard).iter().any(|(heard, _)| heard == message);
        count.wait_for(has).await.expect("the device");
    }

    /// Waits until it has heard another call than those so far.
    pub async fn hears_another(&self) {
        let mut count = self.count.subscribe();
        let before = *count.borrow_and_update();
        count.wait_for(|now| *now > before).await.expect("the device");
    }

    /// Its side of the books.
    pub fn entries(&self) -> Vec<Asked> {
        let entry = |(message_id, at): &(String, Instant)| Asked {
            device: self.name.clone(),
            message_id: message_id.clone(),
            push_id: None,
            at: *at,
            answered: Some((*at, 200)),
        };
        lock(&self.heard).iter().map(entry).collect()
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Connects to the node that it prefers, or the next that is there, again and again.
async fn listen(
    cluster: Arc<Cluster>,
    home: usize,
    token: String,
    name: String,
    heard: Arc<Mutex<Vec<(String, Instant)>>>,
    count: watch::Sender<usize>,
) {
    loop {
        let mut urls = cluster.urls();
        urls.rotate_left(home);
        for url in urls {
            let Ok(mut socket) = Socket::connect(&url, &token, Some(&name)).await else { continue };
            while let Some(text) = socket.next_text().await {
                let message: Value = serde_json::from_str(&text).expect("JSON");
                let id = message["twi_message_id"].as_str().expect("a message id").to_owned();
                lock(&heard).push((id.clone(), Instant::now()));
                count.send_modify(|count| *count += 1);
                if !socket.try_say(json!({ "ack": id })).await {
                    break;
                }
            }
            break;
        }
        sleep(PAUSE).await;
    }
}
