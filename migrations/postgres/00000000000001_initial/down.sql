DROP TABLE seals, payloads, repeats, attempts, deliveries, notifications, bindings, providers, api_keys, account_keys,
    accounts, webhook_tokens, workspaces;
