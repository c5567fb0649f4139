//! What poem-openapi says of a parameter, in words for whoever sent it.

use crate::{BindingStatus, Channel, DeliveryState, Outcome};

/// A sentence on the parameter `name`, of which `reason` says what is wrong.
pub(super) fn sentence(name: &str, reason: &str) -> String {
    if reason.contains("expects an input value") {
        return format!("The parameter `{name}` is required.");
    }
    let (kind, said) = read(reason);
    match allowed(kind) {
        Some(allowed) => format!("The parameter `{name}` must be one of {}.", allowed.join(", ")),
        None if said.starts_with("must ") => format!("The parameter `{name}` {said}."),
        None => format!("The parameter `{name}` does not fit: {said}."),
    }
}

/// The name of the type that could not be read, and what was said of it: `failed to parse "kind": said (occurred while
/// parsing "optional_kind")`.
fn read(reason: &str) -> (&str, &str) {
    let parts = reason.strip_prefix("failed to parse \"").and_then(|rest| rest.split_once("\": "));
    let (kind, said) = parts.unwrap_or(("", reason));
    let said = said.split(" (occurred while parsing").next().unwrap_or(said);
    (kind, said.trim_end_matches('.'))
}

/// The words of the closed vocabularies that are asked for in queries.
fn allowed(kind: &str) -> Option<Vec<&'static str>> {
    macro_rules! words {
        ($($name:ident)+) => {
            match kind {
                $(stringify!($name) => Some($name::ALL.iter().map(|word| word.as_str()).collect()),)+
                "boolean" => Some(vec!["true", "false"]),
                _ => None,
            }
        };
    }
    words! { BindingStatus Channel DeliveryState Outcome }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_allowed_is_named_and_the_library_is_not_quoted() {
        for (reason, expected) in [
            (
                "failed to parse \"BindingStatus\": Expect a valid enumeration value. \
                    (occurred while parsing \"optional_BindingStatus\")",
                "The parameter `it` must be one of active, inactive.",
            ),
            ("Type \"string\" expects an input value.", "The parameter `it` is required."),
            (
                "failed to parse \"boolean\": provided string was not `true` or `false`",
                "The parameter `it` must be one of true, false.",
            ),
            (
                "failed to parse \"time\": must be an RFC 3339 time (occurred while parsing \"optional_time\")",
                "The parameter `it` must be an RFC 3339 time.",
            ),
            (
                "failed to parse \"limit\": it stands there twice; give it once",
                "The parameter `it` does not fit: it stands there twice; give it once.",
            ),
        ] {
            assert_eq!(sentence("it", reason), expected);
        }
    }
}
