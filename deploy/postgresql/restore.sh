#!/usr/bin/env bash
# Make a data folder for PostgreSQL out of a copy and the log that was received since.
#
#   deploy/postgresql/restore.sh COPY LOG DATA [MOMENT]
#
# COPY is one of base-backup.sh, LOG the folder of receive-wal.sh, DATA an empty folder or one that is not there.
# MOMENT is as 2026-11-27T10:00:00Z; without it everything that was received comes back. Starting the server on DATA
# brings the log in; it refuses to start where the log does not reach MOMENT. COPY and LOG stay as they are.
# Run it as the user that the server runs as.
set -euo pipefail
copy=$(realpath --canonicalize-existing "${1:?which copy?}")
log=$(realpath --canonicalize-existing "${2:?where is the log?}")
data=${3:?into which folder?}
moment=${4:-}
# Both stand in a command and in a file of settings.
[[ $log =~ ^[A-Za-z0-9/._-]+$ ]] || { echo "The path of the log has other than plain letters." >&2; exit 1; }
[[ $moment =~ ^([0-9-]{10}T[0-9:.]+Z)?$ ]] || { echo "The moment is not as 2026-11-27T10:00:00Z." >&2; exit 1; }
if [[ -d $data && -n $(ls --almost-all "$data") ]]; then
  echo "The folder is not empty: $data" >&2
  exit 1
fi
# PostgreSQL wants the zone as a number here.
target=${moment:+${moment/T/ }}
target=${target/Z/+00}
pg_verifybackup --quiet --exit-on-error "$copy"
umask 077
mkdir -p "$data"
cp --recursive --preserve=mode,timestamps "$copy/." "$data"
chmod 700 "$data"
{
  # The last file was still being received; it is as long as the others.
  echo "restore_command = 'cp $log/%f %p || cp $log/%f.partial %p'"
  echo "recovery_target_time = '$target'"
  echo "recovery_target_action = 'promote'"
  # Nobody receives the log of this server yet, so that commits would wait for ever.
  echo "synchronous_standby_names = ''"
} >> "$data/postgresql.auto.conf"
touch "$data/recovery.signal"
sync "$data"
