-- The roles stay: other databases of the server may use them.
DO $$
DECLARE
    walled regclass;
    rule text;
BEGIN
    FOR walled, rule IN SELECT polrelid, polname FROM pg_policy WHERE polname IN ('ringhook_engine', 'ringhook_tenant') LOOP
        EXECUTE format('DROP POLICY %I ON %s', rule, walled);
        EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY', walled);
    END LOOP;
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM ringhook_engine, ringhook_tenant', current_schema());
    EXECUTE format('REVOKE USAGE ON SCHEMA %I FROM ringhook_engine, ringhook_tenant', current_schema());
END;
$$;
DROP FUNCTION tenant_table;
DROP FUNCTION tenant_workspace;
