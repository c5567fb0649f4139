DROP INDEX bindings_provider;
CREATE INDEX bindings_provider ON bindings (provider_id);
