//! What was wrong with a form, field by field.

/// The errors of a form: each stands beside its field, and who uses a screen reader is led to it.
#[derive(Debug, Clone, Default)]
pub struct Errors(Vec<(String, String)>);

impl Errors {
    /// One error of one field.
    pub fn one(field: &str, detail: impl Into<String>) -> Self {
        Self(vec![(field.to_owned(), detail.into())])
    }

    /// The error of a field; empty without one.
    pub fn of(&self, field: &str) -> &str {
        self.0.iter().find(|(name, _)| name == field).map_or("", |(_, detail)| detail)
    }

    /// Every error with its field.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(field, detail)| (field.as_str(), detail.as_str()))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(String, String)> for Errors {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(errors: I) -> Self {
        Self(errors.into_iter().collect())
    }
}
