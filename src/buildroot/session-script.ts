/**
 * What the first process of a session runs. One script for every engine: it mounts the root inside the session's own
 * mount namespace, says `ready`, and then waits for the end of its standard input, which is our pipe. When it ends,
 * however it ends, the kernel ends every process of its pid namespace and drops its mounts.
 *
 * It is text and not a file, so that a container engine needs nothing but a shell; all data comes as arguments.
 *
 * Arguments: 1 the session's folder, 2 lower folders for overlayfs (colon-separated, topmost first) or `bind:FOLDER`
 * to work on FOLDER itself, 3 size of the tmpfs in bytes or `disk`, then pairs `SOURCE DESTINATION` of folders to be
 * mounted read-only in the root.
 */
export const SESSION_SCRIPT = `
set -eu
umask 022
folder=$1 lower=$2 size=$3
shift 3
root=$folder/root
fail() { echo "session: $*" >&2; exit 1; }

case $lower in
  bind:*) mount --bind "\${lower#bind:}" "$root" || fail "cannot mount \${lower#bind:}" ;;
  *)
    upper=$folder/upper
    if [ "$size" != disk ]; then
      mount -t tmpfs -o "size=$size,mode=0755,nosuid,nodev" session-tmpfs "$upper" || fail "cannot mount a tmpfs of $size bytes"
      mount -o remount,suid,dev "$upper"
    fi
    mkdir -p "$upper/changes" "$upper/work" "$upper/tmp"
    mount -t overlay -o "lowerdir=$lower,upperdir=$upper/changes,workdir=$upper/work" session-overlay "$root" ||
      fail 'cannot mount an overlay: the kernel needs overlayfs, and CAP_SYS_ADMIN' ;;
esac

mount -t proc -o nosuid,noexec,nodev proc "$root/proc" || fail 'cannot mount /proc'
# Some builds look at the machine through /sys; where it cannot be had read-only it is left out.
mount -t sysfs -o ro,nosuid,noexec,nodev sysfs "$root/sys" 2>/dev/null || true

mount -t tmpfs -o mode=0755,nosuid,size=1m session-dev "$root/dev" || fail 'cannot mount /dev'
for node in null zero full random urandom tty; do
  : > "$root/dev/$node"
  mount --bind "/dev/$node" "$root/dev/$node" || fail "cannot mount /dev/$node"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$root/dev/pts" 2>/dev/null ||
  mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts" || fail 'cannot mount /dev/pts'
mount -t tmpfs -o mode=1777,nosuid,nodev session-shm "$root/dev/shm" || fail 'cannot mount /dev/shm'
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"
ln -s fd/1 "$root/dev/stdout"
ln -s fd/2 "$root/dev/stderr"

while [ $# -ge 2 ]; do
  mkdir -p "$root$2"
  mount --bind "$1" "$root$2" || fail "cannot mount $1"
  mount -o remount,bind,ro "$root$2" || fail "cannot mount $1 read-only"
  shift 2
done

# Names are looked up with the host's resolver. A tree that is worked on itself must not keep it.
case $lower in
bind:*)
  rm -f "$root/etc/resolv.conf"
  : > "$root/etc/resolv.conf"
  if [ -e /etc/resolv.conf ]; then
    mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
    mount -o remount,bind,ro "$root/etc/resolv.conf"
  fi ;;
*)
  rm -f "$root/etc/resolv.conf"
  cp /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || : > "$root/etc/resolv.conf"
  printf '127.0.0.1 localhost\\n::1 localhost ip6-localhost ip6-loopback\\n' > "$root/etc/hosts"
  echo localhost > "$root/etc/hostname" ;;
esac
hostname localhost 2>/dev/null || true

echo ready
# As pid 1 of its namespace: reap what is orphaned while waiting for the end of the pipe.
exec 3<&0
cat <&3 >/dev/null &
pipe=$!
while kill -0 "$pipe" 2>/dev/null; do wait "$pipe" || true; done
`;
