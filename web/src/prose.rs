//! Short texts with `code` in them, as descriptions are written: paragraphs apart by an empty line.

/// A text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prose(pub Vec<Vec<Span>>);

/// A part of a paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// What it says.
    pub text: String,
    /// Whether it stood between backticks.
    pub is_code: bool,
}

impl Prose {
    /// Reads a text. A backtick without another in its paragraph ends nothing: the rest is code.
    pub fn read(text: &str) -> Self {
        let paragraphs = text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
        Self(paragraphs.map(spans).collect())
    }
}

fn spans(paragraph: &str) -> Vec<Span> {
    let parts = paragraph.split('`').enumerate();
    let span = |(number, text): (usize, &str)| Span { text: text.to_owned(), is_code: number % 2 == 1 };
    parts.map(span).filter(|span| !span.text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_stands_between_backticks_and_paragraphs_between_empty_lines() {
        let Prose(paragraphs) = Prose::read("Say `a` or `b`.\n\nThen wait.\n");
        let read = |paragraph: &Vec<Span>| {
            paragraph.iter().map(|span| (span.text.clone(), span.is_code)).collect::<Vec<_>>()
        };
        let plain = |text: &str| (text.to_owned(), false);
        let code = |text: &str| (text.to_owned(), true);
        assert_eq!(read(&paragraphs[0]), [plain("Say "), code("a"), plain(" or "), code("b"), plain(".")]);
        assert_eq!(read(&paragraphs[1]), [plain("Then wait.")]);
        assert_eq!(Prose::read(""), Prose::default());
    }
}
