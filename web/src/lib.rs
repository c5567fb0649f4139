//! Ringhook's pages: typed views over askama templates, and the assets that they use, embedded and fingerprinted.
//! Nothing here knows a database.

pub mod assets;
pub mod charts;
pub mod mails;
pub mod pages;
pub mod paths;
pub mod prose;
