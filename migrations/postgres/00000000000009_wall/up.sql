-- A second wall between workspaces, behind the queries: row-level security. Nobody who asks owns a table or goes round the
-- rules. `ringhook_tenant` sees the rows of the workspace that its transaction names, and none without a name;
-- `ringhook_engine` sees all.

-- Roles belong to the whole server: another database may have made them, or be making them now.
DO $$
DECLARE
    wanted text;
    may text := CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['ringhook_engine', 'ringhook_tenant'] LOOP
        FOR try IN 1..5 LOOP
            BEGIN
                IF to_regrole(wanted) IS NULL THEN
                    EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
                END IF;
                IF NOT pg_has_role(wanted::name, may) THEN
                    EXECUTE format('GRANT %I TO %I', wanted, current_user);
                END IF;
                EXIT;
            EXCEPTION
                WHEN duplicate_object OR unique_violation OR internal_error THEN
                    -- Somebody else was first: look again, unless it goes on.
                    IF try = 5 THEN
                        RAISE;
                    END IF;
                WHEN insufficient_privilege OR invalid_grant_operation THEN
                    RAISE EXCEPTION '% may not make the roles of row-level security. Let a superuser run: %then migrate again',
                        current_user, (
                            SELECT coalesce(string_agg(format('CREATE ROLE %I NOLOGIN; ', missing), ''), '')
                            FROM unnest(ARRAY['ringhook_engine', 'ringhook_tenant']) AS missing
                            WHERE to_regrole(missing) IS NULL
                        ) || format('GRANT ringhook_engine, ringhook_tenant TO %I; ', current_user);
            END;
        END LOOP;
        IF NOT pg_has_role(wanted::name, 'USAGE') THEN
            RAISE EXCEPTION '% must inherit from the role %. Let a superuser run: %; then migrate again', current_user, wanted,
                CASE may WHEN 'SET' THEN format('GRANT %I TO %I WITH INHERIT TRUE', wanted, current_user)
                    ELSE format('ALTER ROLE %I INHERIT', current_user) END;
        END IF;
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = wanted AND (rolsuper OR rolbypassrls)) THEN
            RAISE EXCEPTION 'the role % may go round row-level security. Let a superuser run: '
                'ALTER ROLE % NOSUPERUSER NOBYPASSRLS; then migrate again', wanted, wanted;
        END IF;
    END LOOP;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO ringhook_engine, ringhook_tenant', current_schema());
END;
$$;

-- Whose rows the transaction may see.
CREATE FUNCTION tenant_workspace() RETURNS uuid STABLE LANGUAGE sql
    AS $$ SELECT nullif(current_setting('ringhook.workspace', true), '')::uuid $$;

-- Puts a table with a `workspace_id` behind the wall. Whoever makes such a table calls it; partitions need nothing. Again is
-- once: it mends what is missing, and gives no right back that was taken away.
CREATE FUNCTION tenant_table(walled regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', walled);
    IF NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = walled AND polname = 'ringhook_engine') THEN
        EXECUTE format('CREATE POLICY ringhook_engine ON %s TO ringhook_engine USING (true)', walled);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO ringhook_engine', walled);
    END IF;
    IF NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = walled AND polname = 'ringhook_tenant') THEN
        EXECUTE format('CREATE POLICY ringhook_tenant ON %s TO ringhook_tenant USING (workspace_id = tenant_workspace())',
            walled);
    END IF;
    IF NOT has_table_privilege('ringhook_tenant', walled, 'SELECT') THEN
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO ringhook_tenant', walled);
    END IF;
END;
$$;

DO $$
DECLARE
    walled regclass;
BEGIN
    FOR walled IN
        SELECT c.oid FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = to_regnamespace(quote_ident(current_schema())) AND c.relkind IN ('r', 'p')
            AND NOT c.relispartition AND a.attname = 'workspace_id' AND NOT a.attisdropped
        ORDER BY c.relname
    LOOP
        PERFORM tenant_table(walled);
    END LOOP;
END;
$$;

-- What only the operator and the engine may do.
REVOKE DELETE, UPDATE ON audit_entries FROM ringhook_tenant;
REVOKE INSERT, UPDATE, DELETE ON workspace_quotas FROM ringhook_tenant;

-- The workspace itself: made and ended by the engine.
ALTER TABLE workspaces ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY ringhook_engine ON workspaces TO ringhook_engine USING (true);
CREATE POLICY ringhook_tenant ON workspaces TO ringhook_tenant USING (id = tenant_workspace());
GRANT SELECT, INSERT, UPDATE, DELETE ON workspaces TO ringhook_engine;
GRANT SELECT, UPDATE ON workspaces TO ringhook_tenant;

-- People belong to no workspace. Of its own members a workspace sees the addresses, and nothing of how they log in.
ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY ringhook_engine ON users TO ringhook_engine USING (true);
CREATE POLICY ringhook_tenant ON users FOR SELECT TO ringhook_tenant
    USING (id IN (SELECT user_id FROM members WHERE workspace_id = tenant_workspace()));
GRANT SELECT (id, email) ON users TO ringhook_tenant;

-- What has no workspace is the engine's. A workspace puts mails into the outbox, and cannot look into it.
GRANT SELECT, INSERT, UPDATE, DELETE
    ON users, sessions, tickets, passkeys, recovery_codes, oidc_subjects, seals, mails TO ringhook_engine;
GRANT INSERT ON mails TO ringhook_tenant;
