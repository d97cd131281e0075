/**
 * What the first process of a session of mock runs: as that of any session (session-script.ts), but the root is mock's
 * basedir, mock runs from the top, and commands get a user namespace.
 *
 * mock mounts and unmounts, so it needs CAP_SYS_ADMIN, and whoever has that on the machine can mount the machine's own
 * devices and its writable /proc/sys. In a user namespace the capability is worth nothing outside of it: no device, no
 * fresh proc or disk can be mounted, and what the session mounted is locked (user_namespaces(7), mount_namespaces(7)).
 * It maps every user to itself, so that files belong to whom they belong. Nothing in it can make a cgroup, time or user
 * namespace.
 *
 * Arguments: as of any session; what is mounted is seen in the top, at the same place for mock and for dnf. Below
 * mock's basedir it is mounted over the overlay, and so seen in the buildroot.
 */
import { afterLeaving, DEVICES, MOUNT_ROOT, type SessionScript, TOP } from '../session-script.ts';

/**
 * Whom mock becomes where it needs no root, and who builds: the build user of deb sessions has the same ids. No user of
 * the host should have them, who could look into a build then.
 */
export const MOCK_USER = { name: 'mockbuild', group: 'mock', id: 951 } as const;

/** mock's basedir in the session: the same in every session, since configurations and logs name it. */
export const BASEDIR = '/var/lib/mock';

/** The buildroot's name for mock (`config_opts['root']`), the same in every generation. */
export const ROOT_NAME = 'buildroot';

/** Where the user namespace of the session is kept, in the top. */
export const USER_NAMESPACE = '/namespaces/user';

const MOCK_TOP = `
mkdir -p "$top/etc/pki/mock" "$top/etc/pki/tls" "$top/etc/ssl" "$top/etc/rpm" "$top/sys" "$top/var/cache/mock" \\
  "$top${BASEDIR}" "$top/run/pkg-actions/inbox"
mount -t tmpfs -o mode=0755,nosuid,nodev,noexec,size=64m session-scratch "$top/var/cache/mock" ||
  fail 'cannot mount /var/cache/mock'
# Of the host's settings what mock, dnf and rpm need: neither private keys nor repositories nor credentials.
for part in ca-certificates crypto-policies dnf/plugins pki/ca-trust pki/rpm-gpg pki/tls/certs ssl/certs yum/pluginconf.d; do
  if [ -d "/etc/$part" ]; then
    mkdir -p "$top/etc/$part"
    show "/etc/$part" "$top/etc/$part"
  fi
done
cp -L login.defs mime.types machine-id "$top/etc/" 2>/dev/null || true
cp -L ssl/openssl.cnf "$top/etc/ssl/" 2>/dev/null || true
cp -P pki/tls/cert.pem "$top/etc/pki/tls/" 2>/dev/null || true
cp -L pki/tls/openssl.cnf "$top/etc/pki/tls/" 2>/dev/null || true
cp -L pki/mock/RPM-GPG-KEY-* "$top/etc/pki/mock/" 2>/dev/null || true
cp -L rpm/macros* "$top/etc/rpm/" 2>/dev/null || true
# Debian's rpm looks for the database of packages elsewhere than every distribution built from rpm packages. mock asks it
# of the host too: an empty one answers, none is an error in every log.
if [ -e debian_version ]; then
  echo '%_dbpath /var/lib/rpm' > "$top/etc/rpm/macros.pkg-actions"
  rpmdb --dbpath "$top/var/lib/rpm" --initdb 2>/dev/null || true
fi
cp /etc/resolv.conf "$top/etc/resolv.conf" 2>/dev/null || true
echo 'hosts: files dns' >> "$top/etc/nsswitch.conf"
# The host needs no user for mock.
for list in passwd group; do
  sed -i -e '/^${MOCK_USER.name}:/d' -e '/^${MOCK_USER.group}:/d' -e '/^[^:]*:[^:]*:${MOCK_USER.id}:/d' "$top/etc/$list"
done
echo '${MOCK_USER.name}:x:${MOCK_USER.id}:${MOCK_USER.id}::/nonexistent:/usr/sbin/nologin' >> "$top/etc/passwd"
echo '${MOCK_USER.group}:x:${MOCK_USER.id}:' >> "$top/etc/group"
chown ${MOCK_USER.id}:${MOCK_USER.id} "$folder/outbox"
for turn in $(seq 3 3 $#); do
  case $3 in
    ${BASEDIR}/*) set -- "$@" "$1" "$2" "$3" ;;
    *) give "$1" "$2" "$top" "$3" ;;
  esac
  shift 3
done
# What the session was given for /etc: the configuration, keys.
cp -R "$folder/etc/." "$top/etc/"
show "$folder/inbox" "$top/run/pkg-actions/inbox"
mount -t sysfs -o ro,nosuid,noexec,nodev sysfs "$top/sys" 2>/dev/null || true
`;

const MOCK_ROOT = `
# Where a configuration bootstraps, its package manager runs in a second root.
for name in ${ROOT_NAME} ${ROOT_NAME}-bootstrap; do
  [ -d "$root/$name" ] || continue
  chroot=$root/$name/root
  # The host is still there: a tree that was written by scripts of packages must not lead to it.
  for part in "$root/$name" "$chroot" "$chroot/dev" "$chroot/proc" "$chroot/sys"; do
    [ ! -L "$part" ] || fail "$part is a link"
  done
  mkdir -p "$chroot/dev" "$chroot/proc" "$chroot/sys"
  # mock finds these mounted and leaves them alone.
  mount --rbind "$top/proc" "$chroot/proc" || fail 'cannot mount /proc'
  mount --rbind "$top/sys" "$chroot/sys" || fail 'cannot mount /sys'
  # Packages own /dev and set its mode, so it is not the top's.
  mount -t tmpfs -o mode=0755,nosuid,nodev,size=1m session-dev "$chroot/dev" || fail 'cannot mount /dev'
  for node in null zero full random urandom tty; do
    : > "$chroot/dev/$node"
    mount --bind "$top/dev/$node" "$chroot/dev/$node" || fail "cannot mount /dev/$node"
  done
  mkdir "$chroot/dev/pts" "$chroot/dev/shm"
  mount --bind "$top/dev/pts" "$chroot/dev/pts" || fail 'cannot mount /dev/pts'
  mount --bind "$top/dev/shm" "$chroot/dev/shm" || fail 'cannot mount /dev/shm'
  cp -P "$top/dev/ptmx" "$top/dev/fd" "$top/dev/stdin" "$top/dev/stdout" "$top/dev/stderr" "$chroot/dev/"
done
# All that is left of the arguments lies below the basedir.
while [ $# -ge 3 ]; do
  give "$1" "$2" "$top" "$3"
  shift 3
done
hostname localhost 2>/dev/null || true
`;

const MOCK_USER_NAMESPACE = `
: > ${USER_NAMESPACE}
mkfifo /run/made
unshare --user -- sh -c 'echo made; exec sleep 60' > /run/made &
read -r made < /run/made || fail 'cannot make a user namespace: see user.max_user_namespaces in sysctl'
for map in uid_map gid_map; do
  while read -r first _ count; do printf '%s %s %s\\n' "$first" "$first" "$count"; done < /proc/self/$map > /run/$map
  # In one write(2), or the kernel refuses it.
  cat /run/$map > /proc/$!/$map || fail "cannot write $map"
done
# In a cgroup namespace of its own one could mount the machine's cgroups. mock makes none of these. /proc/sys itself is
# read-only, and what is written is written for the namespace of who writes.
mkdir /run/limits
mount -t proc -o nosuid,noexec,nodev proc /run/limits || fail 'cannot mount /proc'
nsenter --user=/proc/$!/ns/user -- sh -ec '
  for kind in cgroup time user; do
    [ ! -e /run/limits/sys/user/max_"$kind"_namespaces ] || echo 0 > /run/limits/sys/user/max_"$kind"_namespaces
  done' || fail 'cannot limit a user namespace'
umount /run/limits
rmdir /run/limits
mount --bind /proc/$!/ns/user ${USER_NAMESPACE} || fail 'cannot keep a user namespace'
kill $!
wait $! 2>/dev/null || true
rm /run/made /run/uid_map /run/gid_map
`;

export const MOCK_SESSION_SCRIPT: SessionScript = {
  before: `${TOP}${DEVICES}${MOCK_TOP}
root=$top${BASEDIR}
${MOUNT_ROOT}${MOCK_ROOT}`,
  after: afterLeaving(MOCK_USER_NAMESPACE),
};
