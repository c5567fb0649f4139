//! Push networks: what is sent to them, and what their answers mean.
use url::Url;
/// Where the networks are.
#[derive(Debug, Clone, Default)]
pub struct Endpoints {
    pub fcm: Option<Url>,
    pub fcm_token: Option<Url>,
    pub apns: Option<Url>,
    pub apns_sandbox: Option<Url>,
    pub extra_ca: Vec<reqwest::Certificate>,
}
