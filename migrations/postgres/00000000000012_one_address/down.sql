DROP INDEX bindings_address;
CREATE UNIQUE INDEX bindings_address ON bindings (workspace_id, address_hash, account_sid, channel) WHERE NOT shared;
CREATE UNIQUE INDEX bindings_address_identity ON bindings (workspace_id, address_hash, account_sid, channel, identity);
