//! Which methods a path answers: a refusal of another one must say so (RFC 9110, section 15.5.6).

use super::document::DOCUMENT;

/// The methods, as `Allow` lists them.
pub(super) fn methods(path: &str) -> String {
    let paths = DOCUMENT["paths"].as_object().into_iter().flatten();
    let fitting = paths.filter(|(template, _)| fits(template, path));
    // What stands there in so many words goes before what stands for anything.
    let nearest = fitting.min_by_key(|(template, _)| template.matches('{').count());
    let methods = nearest.and_then(|(_, methods)| methods.as_object()).into_iter().flatten();
    methods.map(|(method, _)| method.to_uppercase()).collect::<Vec<_>>().join(", ")
}

fn fits(template: &str, path: &str) -> bool {
    let (parts, given) = (template.split('/'), path.split('/'));
    parts.clone().count() == given.clone().count()
        && parts.zip(given).all(|(part, given)| part.starts_with('{') || part == given)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_answers_what_the_document_says() {
        assert_eq!(methods("/workspace"), "GET, PATCH");
        assert_eq!(methods("/bindings/bnd_1"), "GET, PATCH, DELETE");
        assert_eq!(methods("/bindings/batch"), "POST");
        assert_eq!(methods("/providers/prv_1/checks"), "POST");
    }
}
