/**
 * What the first process of a session runs. One script for every engine: it mounts the root inside the session's own
 * mount namespace and says `ready`. Then it is a process that cannot be killed or stopped from inside (pid 1 of its
 * namespace, pid_namespaces(7)) and that ends with us: when it ends, however it ends, the kernel ends every process of
 * its pid namespace and drops its mounts.
 *
 * The namespace gets a top of its own, in which there is of the host, or of the container's image, only what tools need
 * to run (`/usr`, a few files of `/etc`, read-only) and the session; the rest is left. So whoever gets out of the root,
 * by the well-known ways that root has out of a chroot(2), stands in front of nothing.
 *
 * It is text and not a file, so that a container engine needs nothing but a shell; all data comes as arguments. It is
 * in parts, because the session of mock (mock/session-script.ts) has other things in the middle, and because the
 * engines differ in how the host is left (engine/host.ts, engine/container-script.ts).
 *
 * Arguments: 1 the session's folder, 2 lower folders for overlayfs (colon-separated, topmost first) or `bind:FOLDER`
 * to work on FOLDER itself, 3 size of the tmpfs in bytes, `disk`, or `upper:FOLDER` for a folder that stays, then
 * triples `ro|rw SOURCE DESTINATION` of what is to be mounted.
 */

/** The top, without devices. */
export const TOP = `
set -eu
umask 022
folder=$1 lower=$2 size=$3
shift 3
fail() { echo "session: $*" >&2; exit 1; }
show() { mount -o bind,ro,nosuid,nodev "$1" "$2" || fail "cannot mount $1 read-only"; }
# give ro|rw SOURCE BELOW DESTINATION: mounts at DESTINATION below the folder BELOW. What a tree holds there was written by
# maintainer scripts: no link on the way is followed, which would lead to the host.
give() {
  spot=$3 rest=\${4#/}/
  while [ -n "$rest" ]; do
    name=\${rest%%/*} rest=\${rest#*/}
    [ -n "$name" ] || continue
    [ "$name" != .. ] || fail "a destination that leads up: $4"
    spot=$spot/$name
    [ ! -L "$spot" ] || fail "$spot is a link"
    if [ -n "$rest" ] || [ -d "$2" ]; then
      [ -d "$spot" ] || mkdir "$spot" || fail "cannot make $spot"
    else
      [ -e "$spot" ] || : > "$spot"
    fi
  done
  case $1 in
    rw) mount -o bind,nosuid,nodev,noexec "$2" "$spot" || fail "cannot mount $2" ;;
    *) show "$2" "$spot" ;;
  esac
}
# The top: what tools run from.
top=$folder/top
mount -t tmpfs -o mode=0755,nosuid,nodev,size=64m session-top "$top" || fail 'cannot mount a tmpfs: this needs CAP_SYS_ADMIN'
for place in usr bin sbin lib lib32 lib64 libx32; do
  if [ -L "/$place" ]; then
    cp -P "/$place" "$top/$place"
  elif [ -d "/$place" ]; then
    mkdir "$top/$place"
    show "/$place" "$top/$place"
  fi
done
mkdir -p "$top/etc/sbuild" "$top/proc" "$top/dev" "$top/tmp" "$top/run" "$top/old" "$top/namespaces" "$top/var/tmp" "$top/var/lib/sbuild"
for place in tmp run var/tmp var/lib/sbuild; do
  mount -t tmpfs -o mode=0755,nosuid,nodev,noexec,size=256m session-scratch "$top/$place" || fail "cannot mount /$place"
done
chmod 1777 "$top/tmp" "$top/var/tmp"
mkdir -p "$top/var/lib/sbuild/apt-keys" "$top/var/lib/sbuild/build" "$top$folder/root" "$top$folder/outbox"
cd /etc
# Each of them may be missing.
cp -a alternatives dpkg ld.so.conf.d perl "$top/etc/" 2>/dev/null || true
cp -L debian_version group ld.so.cache ld.so.conf localtime magic os-release passwd "$top/etc/" 2>/dev/null || true
echo 'passwd: files' > "$top/etc/nsswitch.conf"
echo 'group: files' >> "$top/etc/nsswitch.conf"
printf '127.0.0.1 localhost\\n::1 localhost ip6-localhost ip6-loopback\\n' > "$top/etc/hosts"
# No device node that anything in a session makes can be opened: every file system of it is nodev.
mount -o bind,nosuid,nodev "$folder/outbox" "$top$folder/outbox" || fail 'cannot mount the outbox'
mount -t proc -o nosuid,noexec,nodev proc "$top/proc" || fail 'cannot mount /proc'
# Root writes to these without any capability, and they are the machine's: read-only, as container engines have them.
for part in acpi asound bus driver dynamic_debug fs irq mtrr pressure scsi sys sysrq-trigger tty; do
  [ ! -e "$top/proc/$part" ] || show "$top/proc/$part" "$top/proc/$part"
done
# And these tell of the machine what no build needs: its memory, its keys, what the kernel says.
for part in kcore keys kmsg latency_stats sched_debug timer_list; do
  [ ! -e "$top/proc/$part" ] || mount -o bind,ro,nosuid,noexec /dev/null "$top/proc/$part" || fail "cannot cover /proc/$part"
done
`;

/** `/dev` of the top. */
export const DEVICES = `
# The devices, the same for top and root. Read-only: written to they can be all the same, but have the machine's modes.
mount -t tmpfs -o mode=0755,nosuid,nodev,size=1m session-dev "$top/dev" || fail 'cannot mount /dev'
for node in null zero full random urandom tty; do
  : > "$top/dev/$node"
  mount -o bind,ro,nosuid,noexec "/dev/$node" "$top/dev/$node" || fail "cannot mount /dev/$node"
done
mkdir "$top/dev/pts" "$top/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$top/dev/pts" 2>/dev/null ||
  mount -t devpts -o newinstance,ptmxmode=0666 devpts "$top/dev/pts" || fail 'cannot mount /dev/pts'
mount -t tmpfs -o mode=1777,nosuid,nodev,size=512m session-shm "$top/dev/shm" || fail 'cannot mount /dev/shm'
ln -s pts/ptmx "$top/dev/ptmx"
ln -s /proc/self/fd "$top/dev/fd"
ln -s fd/0 "$top/dev/stdin"
ln -s fd/1 "$top/dev/stdout"
ln -s fd/2 "$top/dev/stderr"
mount -o remount,ro "$top/dev" || fail 'cannot make /dev read-only'
`;

/**
 * Mounts the lower folders at `$root`. Volatile, where the kernel knows it (5.10): dpkg and rpm flush after every step,
 * which on a disk takes longer than installing does. Nobody needs what they flush: after a power cut no session goes on,
 * and no layer is believed that was not flushed as a whole (layers/store.ts).
 */
export const MOUNT_ROOT = `
case $lower in
  bind:*) mount -o bind,nodev "\${lower#bind:}" "$root" || fail "cannot mount \${lower#bind:}" ;;
  *)
    upper=$folder/upper
    case $size in
      disk) ;;
      upper:*) upper=\${size#upper:} ;;
      *) mount -t tmpfs -o "size=$size,mode=0755" session-tmpfs "$upper" || fail "cannot mount a tmpfs of $size bytes" ;;
    esac
    mkdir -p "$upper/changes" "$upper/work"
    over=nodev,lowerdir=$lower,upperdir=$upper/changes,workdir=$upper/work
    mount -t overlay -o "volatile,$over" session-overlay "$root" 2>/dev/null ||
      mount -t overlay -o "$over" session-overlay "$root" ||
      fail 'cannot mount an overlay: the kernel needs overlayfs, and CAP_SYS_ADMIN' ;;
esac
`;

/** Makes `$root`, mounted, a root to build in. */
const FURNISH = `
# The host is still there: a tree that was written by maintainer scripts must not lead to it.
for part in etc etc/apt dev proc sys run run/pkg-actions; do
  [ ! -L "$root/$part" ] || fail "/$part of the root is a link"
done
mount --rbind "$top/proc" "$root/proc" || fail 'cannot mount /proc'
# Some builds look at the machine through /sys; where it cannot be had read-only it is left out.
mount -t sysfs -o ro,nosuid,noexec,nodev sysfs "$root/sys" 2>/dev/null || true
mount --rbind "$top/dev" "$root/dev" || fail 'cannot mount /dev'

while [ $# -ge 3 ]; do
  give "$1" "$2" "$root" "$3"
  shift 3
done

# Names are looked up with the host's resolver. A tree that is worked on itself must not keep it.
rm -f "$root/etc/resolv.conf"
: > "$root/etc/resolv.conf"
case $lower in
bind:*)
  if [ -e /etc/resolv.conf ]; then
    cp /etc/resolv.conf "$top/etc/resolv.conf"
    show "$top/etc/resolv.conf" "$root/etc/resolv.conf"
  fi ;;
*)
  cp /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || true
  rm -f "$root/etc/hosts" "$root/etc/hostname"
  cp "$top/etc/hosts" "$root/etc/hosts"
  echo localhost > "$root/etc/hostname" ;;
esac
hostname localhost 2>/dev/null || true
`;

/** After the host was left, whichever way. */
const LEFT = `
# Where we were in a chroot, what lies above it is still there, and leaving the root leads to it.
: > /run/session-top
nsenter --mount=/proc/self/ns/mnt -- test -e /run/session-top ||
  fail 'this runs in a chroot, out of which a build could get: run it on the machine itself, or in a container'
`;

/** Where the network namespace without network is kept, in the top. */
export const OFFLINE_NAMESPACE = '/namespaces/net';

/** One for all commands without network: a fresh one has its loopback down (ip-link(8)). */
const OFFLINE = `
: > ${OFFLINE_NAMESPACE}
unshare --net=${OFFLINE_NAMESPACE} -- ip link set lo up || fail 'cannot make a network namespace'
`;

/** Nothing of the top can be changed from now on: commands enter here with all capabilities before they drop them. */
export const CLOSE_TOP = `
mount -o remount,ro / || fail 'cannot make the top read-only'
`;

/** The parts of a session's script, in the order in which they run. */
export interface SessionScript {
  /** Mounts everything, where the host or the image is still seen. */
  readonly before: string;
  /** Runs in the top, once the host was left; has `fail`. What comes behind it is the engine's, and closes the top. */
  readonly after: string;
}

/** What runs in the top, with a part of the session's own. */
export function afterLeaving(part: string): string {
  return `${LEFT}${OFFLINE}${part}`;
}

export const SESSION_SCRIPT: SessionScript = {
  before: `${TOP}${DEVICES}
root=$top$folder/root
${MOUNT_ROOT}${FURNISH}`,
  after: afterLeaving(''),
};
