//! The paths that pages link to.

/// The start page.
pub const START: &str = "/";
/// The API's document.
pub const DOCUMENT: &str = "/api/openapi.json";
/// Where assets are; a fingerprinted name follows.
pub const ASSETS: &str = "/assets/";
