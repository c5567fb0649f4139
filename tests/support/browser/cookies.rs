//! The browser's cookies.

use fantoccini::cookies::Cookie;

use super::Browser;

impl Browser {
    /// The cookies that the page's address gets.
    pub async fn cookies(&self) -> Vec<Cookie<'static>> {
        self.client.get_all_cookies().await.expect("cookies")
    }

    /// One of them by its name.
    pub async fn cookie(&self, name: &str) -> Option<Cookie<'static>> {
        self.cookies().await.into_iter().find(|cookie| cookie.name() == name)
    }

    /// Adds a cookie for the page's address, such as another browser's session.
    pub async fn set_cookie(&self, cookie: Cookie<'static>) {
        self.client.add_cookie(cookie).await.expect("to set a cookie");
    }

    /// Forgets them all.
    pub async fn forget_cookies(&self) {
        self.client.delete_all_cookies().await.expect("to forget cookies");
    }
}
