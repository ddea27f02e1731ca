#!/bin/sh
# What action.yml does in a project: a SARIF report in the file $AUDIT_SARIF, annotations on standard output, and the
# exit code that $AUDIT_FAIL_ON asks for. $AUDIT_FILES has Compose files, one a line. No engine is asked.
set -eu

plugin=$(dirname "$0")/../bin/docker-vol
line_end='
'

# One a line, so that names may have spaces.
set -f
IFS=$line_end
# shellcheck disable=SC2086
set -- $AUDIT_FILES
unset IFS

mkdir -p "$(dirname "$AUDIT_SARIF")"
"$plugin" vol audit --no-live --format sarif --fail-on never -- "$@" >"$AUDIT_SARIF"
exec "$plugin" vol audit --no-live --format github --fail-on "$AUDIT_FAIL_ON" -- "$@"
