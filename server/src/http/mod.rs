//! HTTP as such: request ids.

pub mod request_id;
