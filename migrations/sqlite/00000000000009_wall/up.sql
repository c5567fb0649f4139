-- Row-level security is Postgres's. An embedded database has one program, which is its only wall.
SELECT 1;
