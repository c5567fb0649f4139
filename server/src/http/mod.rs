//! HTTP as such: the listener, request ids, the log of requests.

pub mod client_address;
mod linger;
pub mod listener;
pub mod origin;
pub mod page;
pub mod readable;
pub mod refusals;
pub mod request_id;
pub mod request_log;
