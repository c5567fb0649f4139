//! The views, one struct a page; each renders a sample of itself in a test.

use askama::Template;

use crate::{assets, paths};

/// The first page: that it runs, and what to do next.
#[derive(Debug, Template)]
#[template(path = "pages/start.html")]
pub struct Start {
    /// The program's version.
    pub version: &'static str,
    /// The URL that Twilio and browsers use.
    pub public_url: String,
    /// Whether only this machine reaches that URL.
    pub loopback: bool,
}

impl Start {
    /// As on a new machine.
    pub fn sample() -> Self {
        Self { version: "0.1.0", public_url: "http://127.0.0.1:8080".into(), loopback: true }
    }
}

/// A page for what is not there.
#[derive(Debug, Template)]
#[template(path = "pages/not_found.html")]
pub struct NotFound;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_render_within_their_budget() {
        for page in [Start::sample().render(), NotFound.render()] {
            let page = page.expect("renders");
            assert!(page.starts_with("<!doctype html>"));
            assert!(page.len() < 60 * 1024);
            assert!(!page.contains("<style") && !page.contains(" style="), "no inline style");
        }
    }

    #[test]
    fn what_is_shown_is_escaped() {
        let page = Start { public_url: "http://<script>".into(), ..Start::sample() }.render();
        assert!(!page.expect("renders").contains("<script>"));
    }
}
