#!/bin/sh
# For cron: 0 3 * * * nightly_mirror.sh /backup/makapix
# Tries three times, as the line may be down at night; another mirror in the same folder, or a full disk, is told at once.
folder=$1
for pause in 60 600 ""; do
    pmd mirror "$folder"
    code=$?
    [ $code -eq 5 ] && [ -n "$pause" ] || exit $code # 5: the service cannot be reached
    sleep "$pause"
done
