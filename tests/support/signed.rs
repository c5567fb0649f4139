//! A notification on its way, for tests in which the program may die before it answers.

use crate::api::Reply;

/// A notification, signed. It can be posted to whichever process is alive by then, and more than once.
#[derive(Debug, Clone)]
pub struct Signed {
    pub(crate) path_and_query: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Signed {
    /// Posts it to the process at `base`, such as `http://127.0.0.1:40123`.
    ///
    /// # Errors
    /// When no whole answer came.
    pub async fn post(&self, http: &reqwest::Client, base: &str) -> reqwest::Result<Reply> {
        let mut request = http.post(format!("{base}{}", self.path_and_query));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        Reply::try_of(request.body(self.body.clone()).send().await?).await
    }
}
