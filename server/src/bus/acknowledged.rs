//! Calls that devices acknowledged a moment ago. The log hears of it a little later, and a device that connects again meanwhile
//! is not to ring once more. Another node's devices it does not know: for them the log decides.

use std::time::Duration;

use moka::sync::Cache;

use crate::store::BindingId;

/// No call rings as long as this.
const KEPT: Duration = Duration::from_secs(600);
const MOST: u64 = 100_000;

/// By the device's binding and the message.
pub struct Acknowledged(Cache<(BindingId, String), ()>);

impl Default for Acknowledged {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(MOST).time_to_live(KEPT).build())
    }
}

impl Acknowledged {
    /// A device has acknowledged a message.
    pub fn note(&self, binding: BindingId, message_id: &str) {
        self.0.insert((binding, message_id.to_owned()), ());
    }

    /// Whether it has.
    pub fn knows(&self, binding: BindingId, message_id: &str) -> bool {
        self.0.contains_key(&(binding, message_id.to_owned()))
    }
}
