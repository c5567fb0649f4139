//! `GET /assets/{name}`: what pages are made of, kept by browsers for good.

use poem::{
    Response, handler,
    http::{StatusCode, header},
    web::Path,
};
use ringhook_web::assets::find;

#[handler]
pub fn asset(Path(name): Path<String>) -> Response {
    match find(&name) {
        Some(asset) => Response::builder()
            .header(header::CONTENT_TYPE, asset.media_type)
            .header(header::CACHE_CONTROL, "public, max-age=31536000, immutable")
            .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
            .body(asset.content),
        None => StatusCode::NOT_FOUND.into(),
    }
}
