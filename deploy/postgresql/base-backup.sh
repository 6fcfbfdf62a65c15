#!/usr/bin/env bash
# Copy a running PostgreSQL server into a new folder, check the copy, and print where it is.
#
#   deploy/postgresql/base-backup.sh FOLDER
#
# The copy is FOLDER/<moment, UTC>. Together with the log of receive-wal.sh it can be restored to any moment
# after it ended. It signs in as a role with REPLICATION, named by PGHOST, PGUSER and so on. The copy holds
# personal data: keep it encrypted, and keep the passphrase of the keyring elsewhere.
set -euo pipefail
folder=${1:?into which folder?}
copy="$folder/$(date --utc +%Y-%m-%dT%H-%M-%SZ)"
umask 077
mkdir -p "$folder"
# What is being made has another name, so that a copy that was interrupted is never taken for a whole one.
pg_basebackup --pgdata "$copy.unfinished" --wal-method=stream --checkpoint=fast --no-password
pg_verifybackup --quiet --exit-on-error "$copy.unfinished"
mv --no-target-directory "$copy.unfinished" "$copy"
sync "$folder"
echo "$copy"
