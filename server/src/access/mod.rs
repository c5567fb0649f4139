//! Who is asking: the holder of an API key, or a device with a client token.

mod api_key;
pub mod device_token;

pub use api_key::{Allowed, ApiClient, need};
