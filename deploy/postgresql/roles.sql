-- Roles and schemas of the skills passport, for PostgreSQL 15 or newer: each service signs in as a role of
-- its own, which owns one schema and may do nothing outside it. The issuer owns a second one, issuer_jobs,
-- for the engine that carries out the issuing of class lists.
--
-- Run it with psql (15 or newer) as a superuser, in a database that only the passport uses:
--   psql --dbname passport --file deploy/postgresql/roles.sql
-- Run it again at any time: it makes what is missing and keeps all data. In a database that one role used
-- for all services it hands each schema, with all that is in it, over to its new owner.
--
-- The roles can sign in once they have a password. DATABASE_PASSWORD in the environment gives all of them
-- one; psql's \password gives one of them its own.
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;

BEGIN;
-- Two runs at once would both find a role missing.
SELECT pg_advisory_xact_lock(hashtext('passport roles')) AS locked \gset

DO $$
DECLARE
  service text;
  service_role text;
  owned text;
  thing record;
BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  REVOKE ALL ON SCHEMA public FROM PUBLIC;
  FOREACH service IN ARRAY
    ARRAY['trust_registry', 'issuer', 'revocation', 'verifier', 'wallet_api', 'passport']
  LOOP
    service_role := 'passport_' || service;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = service_role) THEN
      EXECUTE format('CREATE ROLE %I', service_role);
    END IF;
    EXECUTE format(
      'ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION NOBYPASSRLS',
      service_role);
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM %I', current_database(), service_role);
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), service_role);
    EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = %I',
      service_role, current_database(), service);
    FOREACH owned IN ARRAY
      CASE service WHEN 'issuer' THEN ARRAY['issuer', 'issuer_jobs'] ELSE ARRAY[service] END
    LOOP
      EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', owned);
      EXECUTE format('ALTER SCHEMA %I OWNER TO %I', owned, service_role);
      EXECUTE format('REVOKE ALL ON SCHEMA %I FROM PUBLIC', owned);
      FOR thing IN
        SELECT oid::regclass AS name FROM pg_class
        WHERE relnamespace = owned::regnamespace AND relkind = 'r' AND relowner <> service_role::regrole
      LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO %I', thing.name, service_role);
      END LOOP;
      FOR thing IN
        SELECT oid::regprocedure AS name FROM pg_proc
        WHERE pronamespace = owned::regnamespace AND proowner <> service_role::regrole
      LOOP
        EXECUTE format('ALTER ROUTINE %s OWNER TO %I', thing.name, service_role);
      END LOOP;
    END LOOP;
  END LOOP;
END
$$;

\getenv password DATABASE_PASSWORD
\if :{?password}
ALTER ROLE passport_trust_registry PASSWORD :'password';
ALTER ROLE passport_issuer PASSWORD :'password';
ALTER ROLE passport_revocation PASSWORD :'password';
ALTER ROLE passport_verifier PASSWORD :'password';
ALTER ROLE passport_wallet_api PASSWORD :'password';
ALTER ROLE passport_passport PASSWORD :'password';
\endif
COMMIT;
