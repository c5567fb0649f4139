use crate::app::App;
use poem::{Endpoint, EndpointExt, Response, Route};
use std::sync::Arc;
pub fn routes(_app: Arc<App>) -> impl Endpoint<Output = Response> {
    Route::new().map_to_response()
}
