#!/bin/sh
# Sets a machine up for tests and demo: npm packages and Debian packages, each only where something is missing.
set -eu
cd "$(dirname "$0")/.."

fail() {
  echo "setup: $1" >&2
  exit 1
}

# --- Node -------------------------------------------------------------------------------------------------------------
# `npm run` puts node_modules/.bin first on PATH. What replaces node_modules must not run from there.
PATH=$(printf '%s' "$PATH" | tr ':' '\n' | grep -v '/node_modules/' | tr '\n' ':')
PATH=${PATH%:}
command -v node >/dev/null 2>&1 || fail 'Node 20 or newer is needed; there is no node on PATH'
command -v npm >/dev/null 2>&1 || fail 'npm is needed; there is none on PATH'
major=$(node -p 'process.versions.node.split(".")[0]')
[ "$major" -ge 20 ] || fail "Node 20 or newer is needed, found $(node --version)"

# --- npm packages -----------------------------------------------------------------------------------------------------
# npm notes in node_modules what it installed. A checkout changes the lock file's time, not its content: compare that
# first, by a stamp of ours.
stamp=node_modules/.lock-sha256
lock=$(sha256sum package-lock.json)
if [ ! -d node_modules ]; then
  stale=yes
elif [ "$(cat "$stamp" 2>/dev/null)" = "$lock" ]; then
  stale=no
elif [ -n "$(find package-lock.json -newer node_modules/.package-lock.json 2>/dev/null || echo none)" ]; then
  stale=yes
else
  stale=no
fi
if [ "$stale" = yes ]; then
  echo 'setup: npm ci'
  npm ci --no-audit --no-fund --loglevel=error </dev/null || fail 'npm ci failed'
fi
printf '%s\n' "$lock" >"$stamp"

# --- Debian packages --------------------------------------------------------------------------------------------------
# What the actions run, and in the last three lines what only tests and measurements do.
packages='
  sbuild mmdebstrap
  reprepro apt-utils
  dpkg-dev
  git gnupg gpgv rsync openssh-client
  xz-utils zstd bzip2
  iproute2 util-linux
  rpm createrepo-c dnf
  docker.io podman runc uidmap schroot
  ccache sccache apt-cacher-ng
  dnf-plugins-core debhelper devscripts procps psmisc python3 chromium chromium-sandbox tidy
'
command -v dpkg-query >/dev/null 2>&1 || fail 'this is no Debian or Ubuntu system: the tools that build Debian packages are needed'
missing=
for package in $packages; do
  status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing="$missing $package"
done
if [ -n "$missing" ]; then
  [ "$(id -u)" = 0 ] || fail "Debian packages are missing; run as root: apt-get install --no-install-recommends$missing"
  echo "setup: apt-get install$missing"
  export DEBIAN_FRONTEND=noninteractive
  # Services that packages bring (docker, apt-cacher-ng) are not started: tests start their own, and a machine without
  # systemd cannot. A policy of the machine's own stays (invoke-rc.d(8)).
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 0755 "$policy"
  fi
  log=$(mktemp)
  # A mirror that hiccups must not fail a whole run; another apt that holds the lock is waited for.
  if ! {
    apt-get -o Acquire::Retries=3 update &&
      # shellcheck disable=SC2086
      apt-get -o Acquire::Retries=3 -o DPkg::Lock::Timeout=600 --yes --no-install-recommends install $missing
  } >"$log" 2>&1 </dev/null; then
    tail -n 30 "$log" >&2
    rm -f "$log"
    fail "apt-get failed; what it said last stands above"
  fi
  rm -f "$log"
fi
