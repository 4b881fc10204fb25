#!/bin/sh
# Until the first release each app has one migration; this makes all of them anew from the models.
# (One alone cannot be made anew: those of the other apps depend on it.)
set -eu
cd "$(dirname "$0")/.."
apps=$(for file in */migrations/0001_initial.py */*/migrations/0001_initial.py; do
  [ -e "$file" ] && basename "$(dirname "$(dirname "$file")")" && rm "$file"
done; true)
.venv/bin/python manage.py makemigrations -v0 --no-header $apps core
.venv/bin/ruff format -q */migrations */*/migrations 2>/dev/null || true
