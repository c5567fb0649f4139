//! Who is asking: the holder of an API key, a device with a client token, or somebody at a browser.

pub mod api_key;
mod cookie;
pub mod device;
pub mod device_token;
mod member;
mod person;
pub mod rates;
mod shares;
pub mod throttle;
mod visitor;

pub use api_key::{Allowed, ApiClient, need};
pub use cookie::Jar;
pub use member::{Keeper, Member};
pub use person::Person;
pub use visitor::Visitor;
