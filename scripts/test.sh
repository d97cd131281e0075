#!/bin/sh
# npm test: sets the machine up, runs every tier of tests, says what was skipped, ends with the totals.
# Arguments go to vitest: `npm test -- --project unit`, `npm test -- test/unit/deb`.
set -u
cd "$(dirname "$0")/.." || exit 1
sh scripts/setup.sh || exit 1

PATH="$PWD/node_modules/.bin:$PATH"
export PATH
PKG_ACTIONS_TEST_REPORT=$(mktemp)
export PKG_ACTIONS_TEST_REPORT
trap 'rm -f "$PKG_ACTIONS_TEST_REPORT"' EXIT
vitest run --reporter=default --reporter=./scripts/test-reporter.ts "$@" </dev/null
code=$?
node scripts/test-totals.ts "$PKG_ACTIONS_TEST_REPORT" "$code"
