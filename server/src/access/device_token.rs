use crate::{
    domain::Ground,
    store::{Ts, WorkspaceId},
};
use ringhook_openapi::problem::ApiProblem;
pub struct Device {
    pub workspace: WorkspaceId,
    pub account_sid: String,
    pub identity: String,
    pub expires_at: Ts,
}
impl Device {
    pub fn is_same_user(&self, _o: &Self) -> bool {
        true
    }
}
pub async fn verify(_g: &Ground, _t: &str, _n: Ts) -> Result<Device, ApiProblem> {
    Err(ApiProblem::internal())
}
