#!/bin/sh
# Gives all posts that a search finds another licence, as one change that can be undone: relicense.sh CC-BY-SA-4.0 "sea"
set -eu
pmd posts license "$1" -q "$2" --dry-run
changed=$(pmd posts license "$1" -q "$2" --json)
echo "$changed" | sed 's/.*"id":\([0-9]*\).*"changed_count":\([0-9]*\).*/\2 changed; undo it with: pmd posts undo \1/'
