//! Variables that look like settings and are none: a word that is spelled wrong changes nothing, and nobody hears of it.

use super::layer;

/// What all of ours begin with.
const OURS: &str = "RINGHOOK_";
/// What the suite sets, for itself and for the program.
const TESTS: &str = "RINGHOOK_TEST_";

/// The names in the environment that begin as settings do, and that this version does not know, in order.
pub fn unknown() -> Vec<String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut unknown: Vec<_> = names.filter(|name| is_unknown(name)).collect();
    unknown.sort_unstable();
    unknown
}

fn is_unknown(name: &str) -> bool {
    name.starts_with(OURS)
        && !name.starts_with(TESTS)
        && !is_of_kubernetes(name)
        && !layer::NAMES.contains(&name)
}

/// Whether Kubernetes sets it in every pod beside a Service whose name begins with ours: `RINGHOOK_SERVICE_HOST`,
/// `RINGHOOK_PORT`, `RINGHOOK_METRICS_PORT_9464_TCP_ADDR`
/// (<https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables>).
fn is_of_kubernetes(name: &str) -> bool {
    name.ends_with("_PORT") || name.contains("_PORT_") || name.contains("_SERVICE_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_looks_like_a_setting_and_is_none_is_unknown() {
        for name in ["RINGHOOK_PUBLIC_ULR", "RINGHOOK_SMTP"] {
            assert!(is_unknown(name), "{name}");
        }
        let known = [
            "PATH",
            "RINGHOOK_PUBLIC_URL",
            "RINGHOOK_CONFIG",
            "RINGHOOK_TEST_SEED",
            "RINGHOOK_SERVICE_HOST",
            "RINGHOOK_PORT",
            "RINGHOOK_PORT_80_TCP",
            "RINGHOOK_METRICS_SERVICE_PORT_METRICS",
        ];
        for name in known {
            assert!(!is_unknown(name), "{name}");
        }
    }
}
