//! Pages of lists.

use poem_openapi::{
    Object,
    types::{ParseFromJSON, ToJSON},
};

/// The items of a page that names no `limit`.
pub const DEFAULT_LIMIT: u32 = 100;

/// The most items of a page.
pub const MAX_LIMIT: u32 = 1000;

/// A part of a list.
#[derive(Object, Debug, Clone, PartialEq, Eq)]
pub struct Page<T: ParseFromJSON + ToJSON> {
    /// The items, in a stable order.
    pub items: Vec<T>,
    /// The `cursor` of the next page; `null` on the last.
    #[oai(nullable)]
    pub next_cursor: Option<String>,
}
