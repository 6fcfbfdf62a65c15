#!/usr/bin/env bash
# Keep the whole write-ahead log of a PostgreSQL server in a folder on another machine, as it is written.
#
#   deploy/postgresql/receive-wal.sh FOLDER
#
# Runs until it is stopped, and goes on by itself after the server was away; let a service manager start it.
# It signs in as a role with REPLICATION, named by PGHOST, PGUSER and so on. The server keeps what was not
# received yet: bound that with max_slot_wal_keep_size, or its disk fills while nobody receives.
# With synchronous_standby_names = 'passport_wal' on the server a commit waits until it is in FOLDER, too.
set -euo pipefail
folder=${1:?which folder keeps the log?}
slot=passport_wal
umask 077
mkdir -p "$folder"
pg_receivewal --slot "$slot" --create-slot --if-not-exists --no-password
exec env PGAPPNAME="$slot" pg_receivewal --directory "$folder" --slot "$slot" --synchronous --no-password
