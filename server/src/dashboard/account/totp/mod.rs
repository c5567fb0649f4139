//! The authenticator app.

pub mod codes;
pub mod remove;
pub mod set_up;

use poem::{Response, http::StatusCode};
use ringhook_web::pages::{Frame, Here, RecoveryCodes};

use crate::{access::Person, http::page::page};

/// Shows recovery codes, this once.
fn shown(person: &Person, codes: Vec<String>) -> Response {
    person.visitor.app.mailer.wake();
    let frame = Frame::personal(&person.user.email, Here::Account);
    page(StatusCode::OK, &RecoveryCodes { frame, codes })
}
