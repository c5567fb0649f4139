//! Tables for spreadsheets (RFC 4180).

use std::io;

/// Lines of cells, below a head where one is given.
///
/// # Errors
/// Only what the writer itself meets.
pub fn lines(head: Option<&[&str]>, rows: impl Iterator<Item = Vec<String>>) -> io::Result<Vec<u8>> {
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
    if let Some(head) = head {
        writer.write_record(head)?;
    }
    for row in rows {
        writer.write_record(row.iter().map(|cell| harmless(cell)))?;
    }
    writer.into_inner().map_err(|error| io::Error::other(error.to_string()))
}

/// A spreadsheet would run a cell that begins like a formula; names are anybody's
/// (<https://owasp.org/www-community/attacks/CSV_Injection>).
fn harmless(cell: &str) -> String {
    match cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{cell}"),
        false => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_a_text_and_no_formula() {
        let row = vec!["=cmd()".to_owned(), "a \"b\", c".to_owned()];
        let lines = lines(Some(&["actor", "target"]), [row].into_iter()).expect("lines");
        assert_eq!(String::from_utf8_lossy(&lines), "actor,target\r\n'=cmd(),\"a \"\"b\"\", c\"\r\n");
    }
}
