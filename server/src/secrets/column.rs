//! Every column that holds sealed values. A [`Place`](super::Place) takes no other, and changing the master key goes
//! through all of them: what is not listed here cannot be sealed, so nothing sealed can be forgotten.

ringhook_openapi::words! {
    /// A column of sealed values. Its word is sealed along with each value, so it never changes, whatever the table is
    /// called.
    Column {
        AuthToken = "accounts.auth_token",
        AuthTokenSecondary = "accounts.auth_token_secondary",
        AccountKey = "account_keys.secret",
        Credentials = "providers.credentials",
        WebhookToken = "webhook_tokens.token",
        Payload = "payloads.body",
        IdempotentAnswer = "idempotency_keys.answer",
        Mail = "mails.body",
        TotpSecret = "users.totp_secret",
        Ticket = "tickets.data",
        Seal = "seals.sealed",
    }
}
