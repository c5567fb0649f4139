//! Secrets at rest: AES-256-GCM under a key of each workspace's own, derived (HKDF, RFC 5869) from the master key, with
//! workspace, column and row as associated data, so that a sealed value opens only where it was sealed.

mod column;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    digest, hkdf, rand,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
pub use column::Column;
use uuid::Uuid;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Length of a master key.
pub const MASTER_KEY_BYTES: usize = 32;
/// Where in a sealed value its key is named: after the version.
pub const KEY_ID_AT: usize = 1;
/// Length of a key's name.
pub const KEY_ID_BYTES: usize = 4;
const VERSION: u8 = 1;
const HEAD: usize = KEY_ID_AT + KEY_ID_BYTES + NONCE_LEN;

/// `N` random bytes. Without a source of randomness nothing here is safe, so the process ends.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if rand::fill(&mut bytes).is_err() {
        tracing::error!("the system gives no random bytes");
        std::process::abort();
    }
    bytes
}

/// A new token of 256 random bits after `prefix`, in URL-safe characters.
pub fn token(prefix: &str) -> String {
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random::<32>()))
}

/// SHA-256, under which tokens of high entropy are kept and looked up.
pub fn hash(text: &str) -> Vec<u8> {
    hash_bytes(text.as_bytes())
}

/// SHA-256 of anything.
pub fn hash_bytes(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}

/// Where a sealed value belongs.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Table and column.
    pub column: Column,
    /// The workspace that owns the row.
    pub workspace: Uuid,
    /// The row's own key.
    pub row: &'a [u8],
}

/// What a sealed value is bound to.
struct Bound<'a> {
    label: &'static str,
    workspace: Uuid,
    row: &'a [u8],
}

/// The label of what is said between nodes: it is stored nowhere.
const MESSAGE: &str = "bus";

impl<'a> Bound<'a> {
    fn to(place: Place<'a>) -> Self {
        Self { label: place.column.as_str(), workspace: place.workspace, row: place.row }
    }

    fn associated(&self) -> Vec<u8> {
        let mut data = self.label.as_bytes().to_vec();
        data.push(0);
        data.extend_from_slice(self.workspace.as_bytes());
        data.extend_from_slice(self.row);
        data
    }
}

/// The name of a master key: the beginning of its hash, which gives nothing of it away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub [u8; KEY_ID_BYTES]);

impl std::fmt::Display for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A sealed value that did not open: damaged, moved from its place, or sealed under a key that is not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealFault {
    /// None of the given master keys sealed it.
    #[error("sealed under a master key that is not given; add it to RINGHOOK_MASTER_KEY")]
    UnknownKey,
    /// It is not what was sealed here.
    #[error("a sealed value is damaged or not in its place")]
    Damaged,
}

#[derive(Clone, Zeroize, ZeroizeOnDrop)]
struct MasterKey {
    #[zeroize(skip)]
    id: KeyId,
    key: [u8; MASTER_KEY_BYTES],
}

/// The master keys: the first seals, any opens.
#[derive(Clone)]
pub struct Keyring(std::sync::Arc<[MasterKey]>);

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keyring({} keys)", self.0.len())
    }
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

impl MasterKey {
    fn new(key: &[u8; MASTER_KEY_BYTES]) -> Self {
        let mut id = [0; KEY_ID_BYTES];
        let digest = digest::digest(&digest::SHA256, key);
        id.copy_from_slice(&digest.as_ref()[..KEY_ID_BYTES]);
        Self { id: KeyId(id), key: *key }
    }

    /// A key for one purpose of one workspace.
    fn derive(&self, purpose: &str, workspace: Uuid) -> Option<Zeroizing<[u8; 32]>> {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"ringhook");
        let prk = salt.extract(&self.key);
        let mut out = Zeroizing::new([0; 32]);
        let info = [purpose.as_bytes(), workspace.as_bytes()];
        prk.expand(&info, Length(32)).ok()?.fill(out.as_mut()).ok()?;
        Some(out)
    }

    fn cipher(&self, workspace: Uuid) -> Option<LessSafeKey> {
        let key = self.derive("seal", workspace)?;
        Some(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_ref()).ok()?))
    }
}

impl Keyring {
    /// The given keys; `None` when there is none.
    pub fn new(keys: &[[u8; MASTER_KEY_BYTES]]) -> Option<Self> {
        let keys: std::sync::Arc<[MasterKey]> = keys.iter().map(MasterKey::new).collect();
        (!keys.is_empty()).then_some(Self(keys))
    }

    /// Seals `plain` for its place.
    ///
    /// # Errors
    /// Never for values of the sizes kept here; the cipher's own refusal is passed on.
    pub fn seal(&self, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, SealFault> {
        self.seal_bound(&Bound::to(place), plain)
    }

    /// Seals what is said to other nodes on `subject`, about a workspace, or none.
    ///
    /// # Errors
    /// As for [`Keyring::seal`].
    pub fn seal_message(&self, workspace: Uuid, subject: &str, plain: &[u8]) -> Result<Vec<u8>, SealFault> {
        self.seal_bound(&Bound { label: MESSAGE, workspace, row: subject.as_bytes() }, plain)
    }

    fn seal_bound(&self, bound: &Bound<'_>, plain: &[u8]) -> Result<Vec<u8>, SealFault> {
        let master = self.0.first().ok_or(SealFault::UnknownKey)?;
        let cipher = master.cipher(bound.workspace).ok_or(SealFault::Damaged)?;
        let nonce = random::<NONCE_LEN>();
        let mut body = Vec::with_capacity(plain.len() + AES_256_GCM.tag_len());
        body.extend_from_slice(plain);
        let aad = Aad::from(bound.associated());
        let sealed = cipher.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut body);
        sealed.map_err(|_| SealFault::Damaged)?;
        let mut out = Vec::with_capacity(HEAD + body.len());
        out.push(VERSION);
        out.extend_from_slice(&master.id.0);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&body);
        Ok(out)
    }

    /// Opens what was sealed for this place.
    ///
    /// # Errors
    /// [`SealFault`] when it was sealed under another key, for another place, or is damaged.
    pub fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealFault> {
        self.open_bound(&Bound::to(place), sealed)
    }

    /// Opens what another node said on `subject`.
    ///
    /// # Errors
    /// As for [`Keyring::open`].
    pub fn open_message(
        &self,
        workspace: Uuid,
        subject: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SealFault> {
        self.open_bound(&Bound { label: MESSAGE, workspace, row: subject.as_bytes() }, sealed)
    }

    fn open_bound(&self, bound: &Bound<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealFault> {
        if sealed.len() < HEAD || sealed[0] != VERSION {
            return Err(SealFault::Damaged);
        }
        let (id, rest) = sealed[KEY_ID_AT..].split_at(KEY_ID_BYTES);
        let (nonce, body) = rest.split_at(NONCE_LEN);
        let master = self.0.iter().find(|key| key.id.0 == *id).ok_or(SealFault::UnknownKey)?;
        let cipher = master.cipher(bound.workspace).ok_or(SealFault::Damaged)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealFault::Damaged)?;
        let mut plain = Zeroizing::new(body.to_vec());
        let opened = cipher.open_in_place(nonce, Aad::from(bound.associated()), &mut plain);
        let length = opened.map_err(|_| SealFault::Damaged)?.len();
        plain.truncate(length);
        Ok(plain)
    }

    /// The names of the keys, the sealing one's first.
    pub fn ids(&self) -> Vec<KeyId> {
        self.0.iter().map(|key| key.id).collect()
    }

    /// The name of the key that seals.
    pub fn sealing(&self) -> Option<KeyId> {
        self.0.first().map(|key| key.id)
    }

    /// A key of a workspace for signing tokens of one purpose, the sealing master key's first.
    pub fn signing_keys(&self, purpose: &str, workspace: Uuid) -> Vec<Zeroizing<[u8; 32]>> {
        self.0.iter().filter_map(|key| key.derive(purpose, workspace)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyring(bytes: &[u8]) -> Keyring {
        let keys: Vec<_> = bytes.iter().map(|&byte| [byte; MASTER_KEY_BYTES]).collect();
        Keyring::new(&keys).expect("a key")
    }

    fn place(column: Column, workspace: u128) -> Place<'static> {
        Place { column, workspace: Uuid::from_u128(workspace), row: b"row" }
    }

    #[test]
    fn a_sealed_value_opens_in_its_place_alone() {
        let keys = keyring(&[1]);
        let sealed = keys.seal(place(Column::AuthToken, 1), b"secret").expect("sealed");
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
        assert_eq!(keys.open(place(Column::AuthToken, 1), &sealed).expect("opened").as_slice(), b"secret");
        for elsewhere in [
            place(Column::Mail, 1),
            place(Column::AuthToken, 2),
            Place { row: b"other", ..place(Column::AuthToken, 1) },
        ] {
            assert_eq!(keys.open(elsewhere, &sealed), Err(SealFault::Damaged));
        }
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(keys.open(place(Column::AuthToken, 1), &changed).is_err(), "byte {index}");
        }
    }

    #[test]
    fn any_given_key_opens_and_the_first_seals() {
        let old = keyring(&[1]);
        let both = keyring(&[2, 1]);
        let sealed = old.seal(place(Column::AuthToken, 1), b"secret").expect("sealed");
        assert!(both.open(place(Column::AuthToken, 1), &sealed).is_ok());
        let sealed = both.seal(place(Column::AuthToken, 1), b"secret").expect("sealed");
        assert_eq!(old.open(place(Column::AuthToken, 1), &sealed), Err(SealFault::UnknownKey));
    }
}
