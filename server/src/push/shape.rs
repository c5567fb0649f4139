//! Making a payload fit a network: what it forbids is left out, then what it does not need, never what a call needs.

/// One member of a payload in a network's form.
#[derive(Debug)]
pub(super) struct Member<'a, T> {
    pub(super) name: &'a str,
    pub(super) form: T,
    /// What it adds to the size that the network limits, in bytes.
    pub(super) size: usize,
}

/// A payload is too large even without the members that the call can do without.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLarge {
    /// What is left, in bytes.
    pub(super) size: usize,
    pub(super) left_out: Vec<String>,
}

/// Drops members that Twilio's SDKs do not know, the largest first, until `members` fit into `limit` bytes. What is
/// dropped is added to `left_out`.
pub(super) fn fit<T>(
    members: &mut Vec<Member<'_, T>>,
    mut left_out: Vec<String>,
    limit: usize,
) -> Result<Vec<String>, TooLarge> {
    let mut size: usize = members.iter().map(|member| member.size).sum();
    while size > limit {
        let largest = members
            .iter()
            .enumerate()
            .filter(|(_, member)| !member.name.starts_with("twi_"))
            .max_by_key(|(_, member)| member.size)
            .map(|(index, _)| index);
        let Some(index) = largest else {
            return Err(TooLarge { size, left_out });
        };
        let member = members.remove(index);
        size -= member.size;
        left_out.push(member.name.to_owned());
    }
    Ok(left_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members<'a>(sizes: &[(&'a str, usize)]) -> Vec<Member<'a, ()>> {
        let member = |&(name, size)| Member { name, form: (), size };
        sizes.iter().map(member).collect()
    }

    #[test]
    fn drops_the_largest_unknown_first_and_only_as_much_as_it_must() {
        let given = [("twi_a", 50), ("small", 10), ("large", 30), ("middle", 20)];
        for (limit, dropped) in [
            (110, &[][..]),
            (109, &["large"]),
            (80, &["large"]),
            (79, &["large", "middle"]),
            (50, &["large", "middle", "small"]),
        ] {
            let mut members = members(&given);
            let left_out = fit(&mut members, Vec::new(), limit).expect("it fits");
            assert_eq!(left_out, dropped, "limit {limit}");
            assert_eq!(members.len(), given.len() - dropped.len());
        }
    }

    #[test]
    fn never_drops_what_the_call_needs() {
        let mut members = members(&[("twi_a", 50), ("x", 1)]);
        let too_large = fit(&mut members, vec!["from".to_owned()], 49).expect_err("too large");
        assert_eq!(too_large.size, 50);
        assert_eq!(too_large.left_out, ["from", "x"]);
    }
}
