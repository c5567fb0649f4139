//! Rows for people at a terminal.

/// Prints columns as wide as they need to be, under their headings.
pub fn print<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) {
    for line in lines(head, rows.collect()) {
        println!("{line}");
    }
}

fn lines<const N: usize>(head: [&str; N], mut rows: Vec<[String; N]>) -> Vec<String> {
    rows.insert(0, head.map(str::to_owned));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..N).map(width).collect();
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_longest_cell() {
        let rows = vec![["ann@example.com".into(), "x".into()], ["bö".into(), String::new()]];
        let lines = lines(["PERSON", "STATE"], rows);
        assert_eq!(lines, ["PERSON           STATE", "ann@example.com  x", "bö"]);
    }
}
