//! The time, passed in wherever logic depends on it.

use crate::store::Ts;

/// Tells the time of day.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clock;

impl Clock {
    /// Now, to the microsecond.
    pub fn now(self) -> Ts {
        chrono::Utc::now().into()
    }
}
