//! An authenticator app: six digits from a secret and the time (RFC 6238 over RFC 4226), written from the documents and
//! not with the program's own library.

use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use chrono::Utc;

const STEP: i64 = 30;

/// An app that has scanned one secret.
pub struct Authenticator(Vec<u8>);

impl Authenticator {
    /// With a secret as it is typed: base32 (RFC 4648) without padding.
    pub fn typed(secret: &str) -> Self {
        let (mut bits, mut held, mut bytes) = (0u32, 0, Vec::new());
        for letter in secret.bytes() {
            let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|known| *known == letter);
            bits = (bits << 5) | u32::try_from(value.expect("base32")).expect("five bits");
            held += 5;
            if held >= 8 {
                held -= 8;
                bytes.push((bits >> held) as u8);
            }
        }
        Self(bytes)
    }

    /// The code that it shows `steps` from now.
    pub fn code(&self, steps: i64) -> String {
        self.at(Utc::now().timestamp() / STEP + steps)
    }

    fn at(&self, step: i64) -> String {
        let key = Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let mac = sign(&key, &step.to_be_bytes());
        let mac = mac.as_ref();
        let offset = usize::from(mac[19] & 15);
        let word = u32::from_be_bytes(mac[offset..offset + 4].try_into().expect("four bytes"));
        format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
    }
}
