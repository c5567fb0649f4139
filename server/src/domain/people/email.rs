//! E-mail addresses in one canonical form, so that an address is one person's.

/// Longest address (RFC 5321, section 4.5.3.1.3, less its brackets), in bytes.
const LIMIT: usize = 254;
/// Longest part before the @ (RFC 5321, section 4.5.3.1.1), in bytes.
const LOCAL_LIMIT: usize = 64;

/// The canonical form: lower case, and the domain in ASCII (RFC 5891), so that a look-alike of another script shows
/// itself as `xn--…`.
///
/// # Errors
/// What is wrong with it, to stand beside the field.
pub fn canonical(text: &str) -> Result<String, &'static str> {
    const FORM: &str = "Enter an e-mail address, such as you@example.com.";
    let (local, domain) = text.trim().rsplit_once('@').ok_or(FORM)?;
    if !local.is_ascii() {
        return Err("The part before the @ may have only plain letters, digits and signs (ASCII).");
    }
    if !is_local(local) {
        return Err(FORM);
    }
    let Ok(url::Host::Domain(domain)) = url::Host::parse(domain) else { return Err(FORM) };
    let is_name = domain.contains('.') || domain == "localhost";
    if !is_name || domain.ends_with('.') || domain.contains("..") || domain.contains('%') {
        return Err(FORM);
    }
    let email = format!("{}@{domain}", local.to_ascii_lowercase());
    match email.len() <= LIMIT && local.len() <= LOCAL_LIMIT {
        true => Ok(email),
        false => Err("This address is longer than e-mail allows (254 characters, 64 before the @)."),
    }
}

/// RFC 5321's dot-string; the quoted form is not taken.
fn is_local(local: &str) -> bool {
    let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    local.split('.').all(|part| !part.is_empty() && part.chars().all(atom))
}

/// The address as a stranger may see it: `a…@example.com`.
pub fn masked(email: &str) -> String {
    let (local, domain) = email.split_once('@').unwrap_or((email, ""));
    let first = local.chars().next().unwrap_or('…');
    format!("{first}…@{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_form() {
        assert_eq!(canonical(" Ann.Lee+x@Example.COM "), Ok("ann.lee+x@example.com".into()));
        assert_eq!(canonical("ann@bücher.example"), Ok("ann@xn--bcher-kva.example".into()));
        // The first letter is Cyrillic.
        assert_eq!(canonical("ann@еxample.com"), Ok("ann@xn--xample-2of.com".into()));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        let longer = format!("a@{}.com", "a.".repeat(150));
        let given = ["", "ann", "@example.com", "ann@", "ann@host", "a b@example.com", "ann@example..com"];
        let odd = ["аnn@example.com", "ann@127.0.0.1", "ann@[::1]", "a\r\nb@example.com", "a..b@example.com"];
        for text in given.into_iter().chain(odd).chain([long.as_str(), longer.as_str()]) {
            assert!(canonical(text).is_err(), "{text}");
        }
    }
}
