#!/bin/sh
# npm run demo: sets this machine up, then takes GNU hello from a change to `apt-get install` out of a signed repository.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh
exec node_modules/.bin/node scripts/demo.ts "$@"
