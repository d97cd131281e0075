/**
 * A session's script as the first process of a container runs it, for sh and then, in the top, for bash. Arguments of
 * the first part: the text of the second, then those of any session.
 */
import type { SessionScript } from '../session-script.ts';
import { AGENT, CONTROL } from './agent.ts';

/**
 * Leaves what the container shows: the image, the parts of the session. docker's filter of system calls forbids
 * pivot_root(2); then the top is moved over the container's root. That is still there below, but no path leads to it:
 * `..` ends at the topmost mount of `/`, and whoever enters the mount namespace starts there.
 */
const LEAVE = `
mkdir "$top${CONTROL}"
mount -o bind,ro,nosuid,nodev,noexec "$folder/control" "$top${CONTROL}" || fail 'cannot mount the control folder'
cd "$top"
if pivot_root . old 2>/dev/null; then
  umount -l /old || fail 'cannot unmount the root of the container'
  rmdir /old
else
  rmdir old
  # Its table of mounts is that of the image, which is read-only.
  mount --no-mtab --move "$top" / || fail 'cannot leave the root of the container'
fi
exec chroot . /bin/sh -c "$after" session
`;

const BEGIN = `
after=$1
shift
mount --no-mtab --make-rprivate / || { echo 'session: cannot change mounts: this needs CAP_SYS_ADMIN' >&2; exit 1; }
`;

/** What \`before\` defines and \`after\` needs: it is another shell. */
const AGAIN = `
set -eu
umask 022
fail() { echo "session: $*" >&2; exit 1; }
command -v bash >/dev/null || fail 'the image has no bash'
`;

/** Not even with the permission of the bounding set can a program that is executed later have it again. */
const BECOME_AGENT = `
exec setpriv --inh-caps=-all --bounding-set=-net_admin -- bash -c "$agent" session
`;

/** The first part: where the image is still seen. */
export function CONTAINER_SCRIPT({ before }: SessionScript): string {
  return `${BEGIN}${before}${LEAVE}`;
}

/** The second part: in the top. */
export function CONTAINER_SCRIPT_AFTER({ after }: SessionScript): string {
  return `${AGAIN}${after}
agent=$(cat <<'END-OF-AGENT'
${AGENT}
END-OF-AGENT
)
${BECOME_AGENT}`;
}
