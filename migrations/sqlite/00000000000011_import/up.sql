-- Few bindings name a provider: those that do not are left out, which is one index less to write for each of the others.
DROP INDEX bindings_provider;
CREATE INDEX bindings_provider ON bindings (provider_id) WHERE provider_id IS NOT NULL;
