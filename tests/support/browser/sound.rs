//! What holds for every page: it fits the window, breaks nothing, and can be used without seeing it.

use std::sync::LazyLock;

use serde_json::Value;

use super::{Browser, LOOKS};

/// Deque's checker (<https://github.com/dequelabs/axe-core>), which the suite fetches.
static AXE: LazyLock<String> = LazyLock::new(|| {
    let path =
        std::env::var("RINGHOOK_TEST_AXE").expect("RINGHOOK_TEST_AXE: the suite is started by tests/run");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
});

/// What axe says against the page as it is: a line for each rule.
const CHECK: &str = "const found = await axe.run(document, {resultTypes: ['violations']}); \
     return found.violations.map(rule => `${rule.id}: ${rule.nodes.map(node => node.html).join(' ').slice(0, 600)}`);";

impl Browser {
    /// The page is no wider than the window in any look, breaks nothing, and axe finds nothing against it by day or by
    /// night; pictures of it, where they are asked for.
    pub async fn is_sound(&self, name: &str) {
        for (width, theme) in LOOKS {
            self.look(width, theme).await;
            let overflow = self.script("return document.documentElement.scrollWidth - innerWidth").await;
            assert!(
                overflow.as_i64().is_some_and(|pixels| pixels <= 0),
                "{name} at {width}: {overflow} too wide"
            );
            let found = self.script(&format!("{}; {CHECK}", *AXE)).await;
            assert_eq!(found, Value::Array(Vec::new()), "{name} at {width}: {found:#}");
        }
        self.screenshot(name).await;
        assert_eq!(self.console_errors().await, Vec::<String>::new(), "{name}");
    }
}
