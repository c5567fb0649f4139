//! How a page looks: its width, its theme, and pictures of both.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Browser;
use super::command::Command;

/// Where pictures go, if anywhere.
const FOLDER: &str = "RINGHOOK_TEST_SCREENSHOTS";
const HEIGHT: u32 = 900;
/// What is narrower is a phone.
const PHONE: u32 = 600;

/// What the reader prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    Light,
    Dark,
}

/// A desk and a phone, by day and by night.
pub const LOOKS: [(u32, Theme); 4] =
    [(1440, Theme::Light), (1440, Theme::Dark), (390, Theme::Light), (390, Theme::Dark)];

impl Theme {
    fn word(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

impl Browser {
    /// Shows pages this wide, in CSS pixels, and in this theme from now on.
    pub async fn look(&self, width: u32, theme: Theme) {
        let features = json!([{"name": "prefers-color-scheme", "value": theme.word()}]);
        self.issue(Command::devtools("Emulation.setEmulatedMedia", json!({"features": features}))).await;
        let size = json!({"width": width, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": width < PHONE});
        self.issue(Command::devtools("Emulation.setDeviceMetricsOverride", size)).await;
    }

    /// Takes pictures of the whole page in every look, as `{name}-{width}-{theme}.png` in the folder that
    /// `RINGHOOK_TEST_SCREENSHOTS` names; without it, none. The page is left as it was.
    pub async fn screenshot(&self, name: &str) {
        let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
        std::fs::create_dir_all(&folder).expect(FOLDER);
        for (width, theme) in LOOKS {
            self.look(width, theme).await;
            let whole =
                json!({"format": "png", "captureBeyondViewport": true, "clip": self.whole_page(width).await});
            let taken = self.issue(Command::devtools("Page.captureScreenshot", whole)).await;
            let png = STANDARD.decode(taken["data"].as_str().expect("a picture")).expect("base64");
            std::fs::write(folder.join(format!("{name}-{width}-{}.png", theme.word())), png)
                .expect("a picture's file");
        }
        self.issue(Command::devtools("Emulation.clearDeviceMetricsOverride", json!({}))).await;
        self.issue(Command::devtools("Emulation.setEmulatedMedia", json!({"features": []}))).await;
    }

    async fn whole_page(&self, width: u32) -> Value {
        let metrics = self.issue(Command::devtools("Page.getLayoutMetrics", json!({}))).await;
        json!({"x": 0, "y": 0, "width": width, "height": metrics["cssContentSize"]["height"], "scale": 1})
    }
}
