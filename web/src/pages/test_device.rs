//! This browser as a device.

use askama::Template;

use super::{Errors, Frame, Here};

/// `/w/{workspace}/test-device`.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/test_device.html")]
pub struct TestDevice {
    /// What stands around it.
    pub frame: Frame,
    /// The accounts to choose from: SID, name, chosen.
    pub accounts: Vec<(String, String, bool)>,
    /// Whom it rings for.
    pub identity: String,
    /// Whether the reader may make a device and ring it.
    pub may_ring: bool,
    /// Whether the reader may connect an account.
    pub may_set_up: bool,
    /// What is wrong.
    pub errors: Errors,
}

impl TestDevice {
    /// With an account.
    pub fn sample() -> Self {
        Self {
            frame: Frame { here: Here::TestDevice, ..Frame::sample() },
            accounts: vec![("AC00".into(), "Simulated account".into(), true)],
            identity: "ann".into(),
            may_ring: true,
            may_set_up: true,
            errors: Errors::one("identity", "must not be empty"),
        }
    }
}
