//! `ringhook openapi`: the API's document.

use std::{io::Write, process::ExitCode};

use crate::api::document::DOCUMENT;

/// Prints the document, as `openapi/openapi.json` holds it.
///
/// # Errors
/// When it cannot be printed.
pub fn run() -> Result<ExitCode, String> {
    let written = writeln!(std::io::stdout(), "{}", text());
    written.map_err(|fault| format!("cannot write the document: {fault}"))?;
    Ok(ExitCode::SUCCESS)
}

fn text() -> String {
    format!("{:#}", *DOCUMENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openapi_document_is_the_committed_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/openapi.json");
        let committed = std::fs::read_to_string(path).expect("openapi/openapi.json");
        let current = format!("{}\n", text());
        let renew = "the API and its document differ: cargo run -- openapi > openapi/openapi.json";
        assert!(committed == current, "{renew}");
    }
}
