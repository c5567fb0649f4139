//! Answers beside the plain 200.

use poem_openapi::{
    ApiResponse,
    payload::Json,
    types::{ParseFromJSON, ToJSON},
};

/// 201 with the new thing.
#[derive(ApiResponse)]
pub enum Created<T: ParseFromJSON + ToJSON + Send> {
    /// It was made.
    #[oai(status = 201)]
    Created(Json<T>),
}

impl<T: ParseFromJSON + ToJSON + Send> Created<T> {
    /// The answer for `thing`.
    pub fn new(thing: T) -> Self {
        Self::Created(Json(thing))
    }
}

/// 201 for what is new, 200 for what was there and is updated.
#[derive(ApiResponse)]
pub enum Stored<T: ParseFromJSON + ToJSON + Send> {
    /// It was there and is now as asked.
    #[oai(status = 200)]
    Updated(Json<T>),
    /// It was made.
    #[oai(status = 201)]
    Created(Json<T>),
}

/// 204.
#[derive(ApiResponse)]
pub enum Gone {
    /// It is gone.
    #[oai(status = 204)]
    Gone,
}
