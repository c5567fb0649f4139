//! Ground for tests: every body runs on both databases.

use std::{panic::AssertUnwindSafe, sync::LazyLock};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::{KeyPair, KeySize},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::FutureExt;
use ringhook_openapi::ProviderKind;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::{
    DomainError, Fault, Ground, Result,
    audit::Actor,
    providers,
    quotas::{Headroom, Limits},
    workspaces,
};
use crate::{
    clock::Clock,
    secrets::{Keyring, MASTER_KEY_BYTES},
    store::{Store, WorkspaceId, providers::Provider, testing::Throwaway},
};

/// Runs `test` on an empty SQLite database and on an empty Postgres database, each thrown away afterwards.
pub async fn grounds(test: impl AsyncFn(Ground)) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    test(ground(&format!("sqlite://{}", folder.path().join("test.db").display()), 8).await).await;
    postgres(8, test).await;
}

/// The same on Postgres alone, with so many connections.
pub async fn postgres(connections: usize, test: impl AsyncFn(Ground)) {
    let database = Throwaway::create().await;
    let ran = AssertUnwindSafe(async { test(ground(&database.url(), connections).await).await })
        .catch_unwind()
        .await;
    database.remove().await;
    if let Err(panic) = ran {
        std::panic::resume_unwind(panic);
    }
}

async fn ground(url: &str, connections: usize) -> Ground {
    let store = Store::open(url, connections, &[]).await.expect("a store");
    store.migrate().await.expect("migrations");
    let keyring = Keyring::new(&[[7; MASTER_KEY_BYTES]]).expect("a key");
    Ground {
        store,
        keyring,
        clock: Clock,
        actor: Actor::system().into(),
        limits: Limits::default(),
        headroom: Headroom::default(),
    }
}

/// The account that [`workspace`] connects.
pub const SID: &str = "AC00000000000000000000000000000001";

/// A new workspace with [`SID`] connected.
pub async fn workspace(ground: &Ground) -> workspaces::Created {
    let account = workspaces::NewAccount { sid: SID.into(), auth_token: "token".into() };
    let new = workspaces::NewWorkspace {
        name: "Test".into(),
        owner_email: "owner@example.com".into(),
        account: Some(account),
    };
    workspaces::bootstrap(ground, "http://localhost", new).await.expect("a workspace")
}

/// A new workspace's id.
pub async fn workspace_id(ground: &Ground) -> WorkspaceId {
    workspace(ground).await.id
}

/// Credentials of an APNs key that signs for nobody.
pub fn apns_credentials() -> Map<String, Value> {
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    let key = key.to_pkcs8v1().expect("its DER");
    let members = json!({
        "key": pem(key.as_ref()), "key_id": "ABC123DEFG", "team_id": "TEAM567890", "bundle_id": "com.example.app",
    });
    members.as_object().cloned().expect("an object")
}

/// Credentials of a service account that Google does not know. The key is slow to make, so there is one for all.
pub fn fcm_credentials() -> Map<String, Value> {
    static KEY: LazyLock<String> = LazyLock::new(|| {
        let key = KeyPair::generate(KeySize::Rsa2048).expect("a key");
        let der: Pkcs8V1Der = key.as_der().expect("its DER");
        pem(der.as_ref())
    });
    let account = json!({
        "type": "service_account", "project_id": "my-app-1", "private_key": KEY.as_str(),
        "client_email": "push@my-app-1.iam.gserviceaccount.com",
    });
    Map::from_iter([("service_account".to_owned(), account)])
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}

/// Something that the wire reads from JSON.
pub fn wire<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("a wire type")
}

/// A new provider of `kind`, named after it.
pub async fn provider(ground: &Ground, workspace: WorkspaceId, kind: ProviderKind) -> Provider {
    let credentials = match kind {
        ProviderKind::Fcm => fcm_credentials(),
        _ => apns_credentials(),
    };
    let new = wire(json!({"kind": kind.as_str(), "credentials": credentials}));
    providers::create(ground, workspace, new).await.expect("a provider")
}

/// The code of a refusal and the pointers of its faults.
pub fn refusal<T: std::fmt::Debug>(result: Result<T>) -> (&'static str, Vec<String>) {
    let pointers = |faults: Vec<Fault>| faults.into_iter().map(|fault| fault.pointer).collect();
    match result.expect_err("a refusal") {
        DomainError::NotFound(_) => ("not_found", Vec::new()),
        DomainError::Invalid(faults) => ("invalid", pointers(faults)),
        DomainError::Unprocessable { code, fault } => (code, pointers(vec![fault])),
        DomainError::Conflict { code, .. } => (code, Vec::new()),
        other => panic!("no refusal: {other}"),
    }
}
