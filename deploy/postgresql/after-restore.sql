-- What the issuer does not know any more after its database was put back to an earlier moment. Run it with psql as
-- a superuser, after `passport lists recover` and before the issuer is started:
--   psql --dbname passport --variable moment=2026-11-27T10:00:00Z --file deploy/postgresql/after-restore.sql
--
-- The registry knows from its journal every certificate that was given a status entry; the issuer knows those of
-- that moment. Each line that is printed is one that the issuer has lost: it is signed and it
-- verifies. Have it revoked (reason ISSUED_IN_ERROR) before the same class is issued again.
-- The certificate numbers given since then are passed over, so that none is ever given twice.
\set ON_ERROR_STOP on
\set QUIET on
BEGIN;
CREATE TEMPORARY TABLE lost ON COMMIT DROP AS
  SELECT entry.credential_id, entry.issuer, entry.allocated_at
  FROM revocation.status_entry AS entry
  WHERE entry.allocated_by = 'issuer'
    -- The clocks of two machines differ; what is older was erased since, with its person.
    AND to_timestamp(entry.allocated_at / 1000000) > :'moment'::timestamptz - interval '5 minutes'
    AND NOT EXISTS (
      SELECT FROM revocation.status_change AS change
      WHERE change.credential_id = entry.credential_id AND change.kind IN ('revoked', 'superseded'))
    AND NOT EXISTS (SELECT FROM issuer.issuance WHERE credential_id = entry.credential_id)
    AND NOT EXISTS (SELECT FROM issuer.card WHERE card_id = entry.credential_id)
    AND NOT EXISTS (SELECT FROM issuer.bound_copy WHERE copy_id = entry.credential_id);
UPDATE issuer.centre
  SET next_number = next_number + (SELECT count(*) FROM lost WHERE lost.issuer = centre.did);
\pset tuples_only on
\pset format unaligned
SELECT credential_id FROM lost ORDER BY allocated_at, credential_id;
COMMIT;
