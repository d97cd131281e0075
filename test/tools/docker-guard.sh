#!/bin/sh
# Runs a dockerd in the folder $1 as long as somebody holds a shared lock on $1/users, then ends it and unmounts what it
# leaves mounted. Started in a session of its own by docker.ts.
set -eu
folder=$1
echo $$ > "$folder/guard.pid"
rm -f "$folder/pid" "$folder/sock"

# Without a bridge and without packet filters: containers of the tests use the machine's network, or none.
dockerd --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$folder/pid" --host "unix://$folder/sock" \
  --bridge=none --iptables=false --ip-forward=false --ip-masq=false &
daemon=$!

# Held by us when nobody else holds it any more. It is kept until all is cleaned up: who comes meanwhile waits.
exec 9> "$folder/users"
while kill -0 "$daemon" 2>/dev/null && ! flock --exclusive --timeout 2 9; do :; done
kill -TERM "$daemon" 2>/dev/null || true
for turn in $(seq 300); do
  kill -0 "$daemon" 2>/dev/null || break
  sleep 0.1
done
kill -KILL "$daemon" 2>/dev/null || true
wait "$daemon" || true

# Of a daemon that had to be killed.
containerd=$(cat "$folder/exec/containerd/containerd.pid" 2>/dev/null || true)
if [ -n "$containerd" ] && grep -qs "$folder/exec" "/proc/$containerd/cmdline"; then
  kill -KILL "$containerd" 2>/dev/null || true
fi
# Deepest first; a network namespace (nsfs) is left by every dockerd.
sed -n 's/^[^ ]* \([^ ]*\) .*/\1/p' /proc/mounts | grep "^$folder/" | sort -r | while read -r place; do
  umount -- "$place" 2>/dev/null || umount -l -- "$place" || true
done
rm -f "$folder/guard.pid"
