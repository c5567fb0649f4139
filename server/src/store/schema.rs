//! The tables, as both databases hold them; a test compares this page with both migrated schemas.

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{JsonT, TsT, UuidT};

    workspaces (id) {
        id -> UuidT,
        name -> Text,
        slug -> Text,
        answer -> Text,
        answer_within_ms -> Integer,
        ring_ttl_seconds -> Integer,
        retention_days -> Integer,
        time_zone -> Text,
        revision -> BigInt,
        created_at -> TsT,
        updated_at -> TsT,
        disabled_at -> Nullable<TsT>,
        deletes_at -> Nullable<TsT>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{JsonT, TsT, UuidT};

    workspace_quotas (workspace_id) {
        workspace_id -> UuidT,
        calls_per_second -> Nullable<BigInt>,
        bindings -> Nullable<BigInt>,
        stored_calls -> Nullable<BigInt>,
        sockets -> Nullable<BigInt>,
        event_endpoints -> Nullable<BigInt>,
        members -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{JsonT, TsT, UuidT};

    webhook_tokens (id) {
        id -> UuidT,
        workspace_id -> UuidT,
        token_hash -> Binary,
        token_sealed -> Binary,
        created_at -> TsT,
        ends_at -> Nullable<TsT>,
        last_used_at -> Nullable<TsT>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{JsonT, TsT, UuidT};

    accounts (id) {
        id -> UuidT,
        workspace_id -> UuidT,
        account_sid -> Text,
        friendly_name -> Text,
        status -> Text,
        signature_policy -> Text,
        auth_token -> Binary,
        auth_token_secondary -> Nullable<Binary>,
        created_at -> TsT,
        updated_at -> TsT,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{JsonT, TsT, UuidT};

    account_keys (id) {
        id -> UuidT,
        workspace_id -> UuidT,
        account_id -> UuidT,
        key_sid -> Text,
        secret -> Binary,
        created_at -> TsT,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{JsonT, TsT, UuidT};

    api_keys (id) {
        id -> UuidT,
        workspace_id -> UuidT,
        name -> Text,
        prefix -> Text,
        key_hash -> Binary,
        scopes -> Text,
        created_at -> TsT,
        expires_at -> Nullable<TsT>,
        last_used_at -> Nullable<TsT>,
        revoked_at -> Nullable<TsT>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{JsonT, TsT, UuidT};

    providers (id) {
        id -> UuidT,
        workspace_id -> UuidT,
        kind -> Text,
        name -> Text,
        is_default -> Bool,
        environment -> Text,
        settings -> JsonT,
        facts -> JsonT,
        credentials -> Binary,
        status -> Text,
        status_reason -> Nullable<Text>,
        expires_at -> Nullable<TsT>,
        changed_at -> TsT,
        created_at -> TsT,
        updated_at -> TsT,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{JsonT, TsT, UuidT};

    bindings (id) {
        id -> UuidT,
        workspace_id -> UuidT,
        account_sid -> Text,
        identity -> Text,
        channel -> Text,
        address -> Nullable<Text>,
        address_hash -> Binary,
        keys -> Nullable<Binary>,
        provider_id -> Nullable<UuidT>,
        environment -> Nullable<Text>,
        device_id -> Nullable<Text>,
        tags -> JsonT,
        shared -> Bool,
        status -> Text,
        inactive_reason -> Nullable<Text>,
        inactive_at -> Nullable<TsT>,
        expires_at -> Nullable<TsT>,
        registered_at -> TsT,
        created_at -> TsT,
        updated_at -> TsT,
        last_notified_at -> Nullable<TsT>,
        last_accepted_at -> Nullable<TsT>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{JsonT, TsT, UuidT};

    notifications (id) {
        id -> UuidT,
        workspace_id -> UuidT,
        account_sid -> Text,
        identity -> Text,
        call_sid -> Text,
        message_id -> Text,
        message_type -> Text,
        payload -> Text,
        idempotency_token -> Nullable<Text>,
        test -> Bool,
        received_at -> TsT,
        outcome -> Text,
        reason -> Nullable<Text>,
        detail -> Nullable<Text>,
        answer_status -> Nullable<Integer>,
        answer_after_ms -> Nullable<Integer>,
        ended_at -> Nullable<TsT>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{JsonT, TsT, UuidT};

    deliveries (id) {
        id -> UuidT,
        workspace_id -> UuidT,
        notification_id -> UuidT,
        binding_id -> UuidT,
        channel -> Text,
        provider_id -> Nullable<UuidT>,
        device_id -> Nullable<Text>,
        state -> Text,
        cause -> Nullable<Text>,
        reason -> Nullable<Text>,
        tries -> Integer,
        created_at -> TsT,
        expires_at -> TsT,
        next_attempt_at -> TsT,
        lease_owner -> Nullable<UuidT>,
        lease_until -> Nullable<TsT>,
        ended_at -> Nullable<TsT>,
        acknowledged_after_ms -> Nullable<Integer>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{JsonT, TsT, UuidT};

    attempts (id) {
        id -> UuidT,
        workspace_id -> UuidT,
        notification_id -> UuidT,
        delivery_id -> UuidT,
        at -> TsT,
        outcome -> Text,
        cause -> Nullable<Text>,
        status -> Nullable<Integer>,
        reason -> Nullable<Text>,
        detail -> Nullable<Text>,
        left_out -> JsonT,
        provider_message_id -> Nullable<Text>,
        latency_ms -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{JsonT, TsT, UuidT};

    rollups (workspace_id, span, at) {
        workspace_id -> UuidT,
        span -> Text,
        at -> TsT,
        counts -> JsonT,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{JsonT, TsT, UuidT};

    idempotency_keys (workspace_id, key_hash) {
        workspace_id -> UuidT,
        key_hash -> Binary,
        request_hash -> Binary,
        begun_at -> TsT,
        status -> Nullable<Integer>,
        answer -> Nullable<Binary>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{JsonT, TsT, UuidT};

    repeats (workspace_id, account_sid, message_id) {
        workspace_id -> UuidT,
        account_sid -> Text,
        message_id -> Text,
        notification_id -> UuidT,
        received_at -> TsT,
        answer_status -> Nullable<Integer>,
        answer_bindings -> Nullable<Integer>,
        answer_accepted -> Nullable<Integer>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{JsonT, TsT, UuidT};

    payloads (notification_id) {
        notification_id -> UuidT,
        workspace_id -> UuidT,
        account_sid -> Text,
        identity -> Text,
        message_id -> Text,
        received_at -> TsT,
        keep_until -> TsT,
        body -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{JsonT, TsT, UuidT};

    seals (name) {
        name -> Text,
        sealed -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{JsonT, TsT, UuidT};

    mails (id) {
        id -> UuidT,
        kind -> Text,
        recipient -> Text,
        body -> Nullable<Binary>,
        state -> Text,
        reason -> Nullable<Text>,
        tries -> Integer,
        due_at -> TsT,
        lease_owner -> Nullable<UuidT>,
        created_at -> TsT,
        ended_at -> Nullable<TsT>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{JsonT, TsT, UuidT};

    users (id) {
        id -> UuidT,
        email -> Text,
        email_verified_at -> Nullable<TsT>,
        password_hash -> Nullable<Text>,
        totp_secret -> Nullable<Binary>,
        totp_step -> BigInt,
        disabled_at -> Nullable<TsT>,
        created_at -> TsT,
        updated_at -> TsT,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{JsonT, TsT, UuidT};

    sessions (id) {
        id -> UuidT,
        user_id -> UuidT,
        token_hash -> Binary,
        device -> Text,
        address -> Text,
        created_at -> TsT,
        last_seen_at -> TsT,
        expires_at -> TsT,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{JsonT, TsT, UuidT};

    tickets (id) {
        id -> UuidT,
        purpose -> Text,
        user_id -> Nullable<UuidT>,
        email -> Nullable<Text>,
        token_hash -> Binary,
        data -> Binary,
        tries -> Integer,
        created_at -> TsT,
        expires_at -> TsT,
        used_at -> Nullable<TsT>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{JsonT, TsT, UuidT};

    recovery_codes (id) {
        id -> UuidT,
        user_id -> UuidT,
        code_hash -> Binary,
        created_at -> TsT,
        used_at -> Nullable<TsT>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{JsonT, TsT, UuidT};

    passkeys (id) {
        id -> UuidT,
        user_id -> UuidT,
        credential_id -> Binary,
        name -> Text,
        credential -> Text,
        created_at -> TsT,
        last_used_at -> Nullable<TsT>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{JsonT, TsT, UuidT};

    oidc_subjects (id) {
        id -> UuidT,
        user_id -> UuidT,
        issuer -> Text,
        subject -> Text,
        created_at -> TsT,
        last_used_at -> Nullable<TsT>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{JsonT, TsT, UuidT};

    members (workspace_id, user_id) {
        workspace_id -> UuidT,
        user_id -> UuidT,
        role -> Text,
        created_at -> TsT,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{JsonT, TsT, UuidT};

    invitations (id) {
        id -> UuidT,
        workspace_id -> UuidT,
        email -> Text,
        role -> Text,
        token_hash -> Binary,
        invited_by -> Text,
        created_at -> TsT,
        expires_at -> TsT,
        accepted_at -> Nullable<TsT>,
        withdrawn_at -> Nullable<TsT>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{JsonT, TsT, UuidT};

    former_slugs (slug) {
        slug -> Text,
        workspace_id -> UuidT,
        created_at -> TsT,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{JsonT, TsT, UuidT};

    audit_entries (id) {
        id -> UuidT,
        workspace_id -> Nullable<UuidT>,
        user_id -> Nullable<UuidT>,
        actor -> Text,
        action -> Text,
        target -> Text,
        changes -> JsonT,
        address -> Text,
        at -> TsT,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{JsonT, TsT, UuidT};

    nodes (id) {
        id -> UuidT,
        name -> Text,
        version -> Text,
        bus -> Text,
        started_at -> TsT,
        seen_at -> TsT,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    workspaces,
    workspace_quotas,
    webhook_tokens,
    accounts,
    account_keys,
    api_keys,
    providers,
    bindings,
    notifications,
    deliveries,
    attempts,
    rollups,
    idempotency_keys,
    repeats,
    payloads,
    seals,
    mails,
    users,
    sessions,
    tickets,
    recovery_codes,
    passkeys,
    oidc_subjects,
    members,
    invitations,
    former_slugs,
    audit_entries,
    nodes,
);
