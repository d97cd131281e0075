#!/bin/sh
# Signs a build for a publisher that wants to know who made it (the input allowed-signers of sign-publish, explained in
# docs/signing.md), and writes what changed into its manifest. Needs jq; for deb debsign (devscripts), for rpm rpmsign.
# Both sign with gpg, which asks its agent for the key.
#
#     sign-build.sh FOLDER FINGERPRINT
set -eu
cd "$1"
key=$2

# Only what the build wrote: a file that is another one by now is not signed.
jq -r '.files[] | "\(.sha256)  \(.name)"' manifest.json | sha256sum --check --quiet --strict -

for changes in *.changes; do
  [ -e "$changes" ] || continue
  # It signs the .dsc and the .buildinfo too, and puts their new digests into what lists them.
  debsign --no-conf --re-sign -k"$key" "$changes"
done
for package in *.rpm; do
  [ -e "$package" ] || continue
  # Debian's macros name gpg without its folder, and rpmsign looks on no PATH.
  rpmsign --define "_gpg_name $key" --define "__gpg $(command -v gpg)" --addsign "$package"
done

jq -r '.files[].name' manifest.json | while read -r name; do
  sum=$(sha256sum -- "$name")
  jq --arg name "$name" --arg sha256 "${sum%% *}" --argjson size "$(stat -c %s -- "$name")" \
    '(.files[] | select(.name == $name)) |= (.sha256 = $sha256 | .size = $size)' manifest.json >manifest.json.new
  mv manifest.json.new manifest.json
done
