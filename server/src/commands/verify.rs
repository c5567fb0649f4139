//! `ringhook verify`: whether a request would pass, and if not, which variant would.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ringhook_openapi::SignaturePolicy;

use crate::twilio::{self, MAX_BODY, Rejection, Request};

/// Checks the signature of a request as the webhook would.
///
/// Exits with 0 when it passes; with 1 when it does not, naming the variant (scheme, port, path, no body hash) that would.
#[derive(clap::Args)]
pub struct Args {
    /// The URL as Twilio requested it, with its query; a fragment is ignored
    #[arg(long)]
    url: String,
    /// The account's auth token
    #[arg(long, env = "TWILIO_AUTH_TOKEN", hide_env_values = true)]
    auth_token: String,
    /// The header X-Twilio-Signature
    #[arg(long)]
    signature: String,
    /// The file with the raw body, byte for byte; - for standard input
    #[arg(long)]
    body: PathBuf,
    /// What the account asks for: full, url_only or none
    #[arg(long, default_value_t = SignaturePolicy::Full)]
    policy: SignaturePolicy,
}

/// Runs the command; prints one line.
///
/// # Errors
/// When the URL names no scheme and host, or the body cannot be read or exceeds 64 KiB.
pub fn run(args: &Args) -> Result<ExitCode, String> {
    let body = body_from(&args.body)?;
    let verdict = check(args, &body)?;
    let line = match &verdict {
        Ok(()) => format!("passes under policy {}", args.policy),
        Err(rejection) => format!("refused, {rejection}"),
    };
    writeln!(std::io::stdout(), "{line}").map_err(|fault| format!("cannot write the answer: {fault}"))?;
    Ok(if verdict.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn check(args: &Args, body: &[u8]) -> Result<Result<(), Rejection>, String> {
    let (public_url, path_and_query) = split(&args.url)?;
    let request = Request { public_url, path_and_query, body, signature: Some(&args.signature) };
    Ok(twilio::verify(&request, &[args.auth_token.as_bytes()], args.policy))
}

/// Splits a URL after its authority, leaving every byte as it is.
fn split(url: &str) -> Result<(&str, &str), String> {
    let scheme = url.find("://").filter(|end| matches!(&url[..*end], "http" | "https"));
    let start = scheme.ok_or("--url must begin with http:// or https://")? + "://".len();
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    if end == start {
        return Err("--url names no host; give the whole URL that Twilio requested".to_owned());
    }
    Ok(url.split_at(end))
}

fn body_from(path: &Path) -> Result<Vec<u8>, String> {
    let fault =
        |fault| format!("--body {}: {fault}; give a readable file, or - for standard input", path.display());
    let body = if path == Path::new("-") {
        read_limited(std::io::stdin().lock())
    } else {
        File::open(path).and_then(read_limited)
    };
    let body = body.map_err(fault)?;
    if body.len() > MAX_BODY {
        return Err(format!("--body exceeds {MAX_BODY} bytes; the webhook would answer 413"));
    }
    Ok(body)
}

/// Reads one byte more than allowed at most, by which the caller sees that there is too much.
fn read_limited(source: impl Read) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    source.take(MAX_BODY as u64 + 1).read_to_end(&mut body)?;
    Ok(body)
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use ringhook_openapi::RejectReason;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        args: Args,
    }

    fn args(url: &str, signature: &str, policy: &str) -> Args {
        let line = ["verify", "--url", url, "--auth-token", "t", "--signature", signature, "--body", "-"];
        Program::try_parse_from(line.into_iter().chain(["--policy", policy])).unwrap().args
    }

    #[test]
    fn a_request_passes_or_its_variant_is_named() {
        let url = format!("https://h.example/hooks/x?bodySHA256={}", twilio::body_hash(b"{}"));
        let signature = twilio::sign(&url, b"t");
        assert_eq!(check(&args(&url, &signature, "full"), b"{}"), Ok(Ok(())));
        let overridden = format!("{url}#rc=2");
        assert_eq!(check(&args(&overridden, &signature, "full"), b"{}"), Ok(Ok(())));
        let rejection =
            check(&args(&url.replace("https", "http"), &signature, "full"), b"{}").unwrap().unwrap_err();
        assert_eq!(rejection.reason, RejectReason::WrongPublicUrl);
        let rejection = check(&args(&url, &signature, "full"), b"{ }").unwrap().unwrap_err();
        assert_eq!(rejection.reason, RejectReason::BodyHashMismatch);
        assert_eq!(check(&args(&url, &signature, "url_only"), b"{ }"), Ok(Ok(())));
    }

    #[test]
    fn urls_are_split_after_the_authority() {
        assert_eq!(split("https://h:8443/a?b=/c"), Ok(("https://h:8443", "/a?b=/c")));
        assert_eq!(split("http://h?b"), Ok(("http://h", "?b")));
        assert_eq!(split("http://h"), Ok(("http://h", "")));
        assert!(split("h/hooks").is_err_and(|fault| fault.contains("--url")));
        assert!(split("https:///hooks").is_err_and(|fault| fault.contains("--url")));
    }

    #[test]
    fn bodies_are_read_up_to_the_limit() {
        assert_eq!(read_limited(&b"{}\n"[..]).unwrap(), b"{}\n");
        assert_eq!(read_limited(std::io::repeat(b'a')).unwrap().len(), MAX_BODY + 1);
        assert!(
            body_from(Path::new("/no/such/file")).is_err_and(|fault| fault.contains("--body /no/such/file"))
        );
    }

    #[test]
    fn an_unknown_policy_is_answered_with_those_there_are() {
        let line =
            ["verify", "--url", "u", "--auth-token", "t", "--signature", "s", "--body", "-", "--policy", "x"];
        let fault = Program::try_parse_from(line).err().unwrap().to_string();
        assert!(fault.contains("full, url_only, none"), "{fault}");
    }
}
