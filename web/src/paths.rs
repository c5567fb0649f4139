//! The paths that pages link to.

/// The start page.
pub const START: &str = "/";
/// The API's document.
pub const DOCUMENT: &str = "/api/openapi.json";
/// The API, to be read.
pub const REFERENCE: &str = "/api/docs";
/// What each problem means.
pub const PROBLEMS: &str = "/api/docs/problems";
/// Where assets are; a fingerprinted name follows.
pub const ASSETS: &str = "/assets/";
/// A new account.
pub const SIGN_UP: &str = "/signup";
/// Coming in again.
pub const LOGIN: &str = "/login";
/// The second step of coming in.
pub const LOGIN_CODE: &str = "/login/code";
/// Leaving.
pub const LOGOUT: &str = "/logout";
/// A password that was forgotten.
pub const FORGOT: &str = "/forgot";
/// The reader's own account.
pub const ACCOUNT: &str = "/account";
/// The reader's workspaces.
pub const WORKSPACES: &str = "/workspaces";
/// A new workspace.
pub const NEW_WORKSPACE: &str = "/workspaces/new";

/// A page of a workspace; `rest` is empty or begins with a slash.
pub fn workspace(slug: &str, rest: &str) -> String {
    format!("/w/{slug}{rest}")
}
