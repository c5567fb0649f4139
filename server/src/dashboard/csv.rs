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

/// A spreadsheet would run a cell that begins like a formula; names are anybody's. Some take `;` or a tab for the end of a
/// cell, or a line break within quotes for that of a row: what follows one may begin a cell too
/// (<https://owasp.org/www-community/attacks/CSV_Injection>).
fn harmless(cell: &str) -> String {
    let mut text = String::with_capacity(cell.len() + 1);
    let mut may_begin = true;
    for letter in cell.chars() {
        if may_begin && matches!(letter, '=' | '+' | '-' | '@' | '\t' | '\r') {
            text.push('\'');
        }
        text.push(letter);
        may_begin = matches!(letter, ';' | '\t' | '\r' | '\n');
    }
    text
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

    #[test]
    fn what_another_separator_would_cut_off_is_no_formula_either() {
        for (cell, expected) in [
            ("x;=cmd|'/c calc'!A1", "x;'=cmd|'/c calc'!A1"),
            ("x\t@sum", "x\t'@sum"),
            ("x\n-1", "x\n'-1"),
            ("x\r\n+1", "x\r\n'+1"),
            (";\t=1", ";'\t'=1"),
            ("a-b=c; d+e", "a-b=c; d+e"),
            ("", ""),
        ] {
            assert_eq!(harmless(cell), expected);
        }
    }
}
