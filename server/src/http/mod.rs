//! HTTP as such: the listener, request ids, the log of requests.

pub mod listener;
pub mod request_id;
pub mod request_log;
