/** What a session asks of the kernel, tried as a session does it: namespaces and overlays. */
import { mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { CommandError } from '../../errors.ts';
import { ownedName } from '../../owner.ts';
import { type Argv, run } from '../../process.ts';
import { type Check, type DoctorContext, type Finding, HOST_BUILDS, type PartFinding } from '../check.ts';

const GROUP = 'Sessions';

/** Namespaces by the flag of unshare(1); those of users are what rpm builds need. */
const NAMESPACES = [
  ['mount', ['--mount']],
  ['pid', ['--pid', '--fork']],
  ['ipc', ['--ipc']],
  ['uts', ['--uts']],
  ['net', ['--net']],
  ['user', ['--user', '--map-root-user']],
] as const;

const namespaces: Check = {
  id: 'namespaces',
  title: 'Namespaces',
  group: GROUP,
  uses: HOST_BUILDS,
  root: true,
  async look({ signal }): Promise<readonly PartFinding[]> {
    const findings: PartFinding[] = [];
    for (const [name, flags] of NAMESPACES) {
      findings.push({
        part: name,
        title: `Namespace: ${name}`,
        ...(await made(['unshare', ...flags, '--', 'true'], signal, namespaceRemedy(name))),
        ...(name === 'user' ? { uses: ['rpm'] as const } : {}),
      });
    }
    // As a build without network has it: all of them at once, loopback up.
    const all: Argv = [
      ...(['unshare', '--mount', '--pid', '--ipc', '--uts', '--fork', '--kill-child', '--'] as const),
      ...(['unshare', '--net', '--', 'sh', '-c', 'ip link set lo up && hostname localhost'] as const),
    ];
    findings.push({ part: 'all', title: 'Namespaces: all at once, with loopback', ...(await made(all, signal)) });
    return findings;
  },
};

function namespaceRemedy(name: string): string {
  const key = `user.max_${name === 'mount' ? 'mnt' : name}_namespaces`;
  return `sysctl -w ${key}=15000; in a container: give it CAP_SYS_ADMIN`;
}

/** What a command that makes something says: nothing where it works. */
async function made(argv: Argv, signal: AbortSignal, remedy?: string): Promise<Finding> {
  try {
    await run(argv, { signal });
    return { status: 'ok', found: 'made' };
  } catch (error) {
    if (!(error instanceof CommandError) || signal.aborted) throw error;
    return { status: 'failed', found: reasonOf(error), expected: 'to be made', ...(remedy ? { remedy } : {}) };
  }
}

function reasonOf(error: CommandError): string {
  const lines = error.failure.stderr.split('\n').filter((line) => line.trim() !== '');
  return lines.length === 0 ? error.message : lines.slice(-2).join('; ');
}

/**
 * Mounts an overlay as sessions do and takes its upper folder as a layer, as the next build would: what was removed stays
 * removed (whiteouts, devices 0:0), and a folder that was made anew hides the old one's content (trusted.* extended
 * attributes). Arguments: 1 a folder, empty; 2 where the upper folder lies, `tmpfs` or `disk`.
 *
 * All of it in a mount namespace of its own: nothing is left mounted, however it ends.
 */
const OVERLAY_SCRIPT = `
set -eu
folder=$1
fail() { echo "$*" >&2; exit 1; }
mkdir "$folder/lower" "$folder/lower/again" "$folder/above" "$folder/view"
echo old > "$folder/lower/gone"
echo old > "$folder/lower/again/old"
if [ "$2" = tmpfs ]; then
  mount -t tmpfs -o mode=0755,size=16m doctor "$folder/above" || fail 'a tmpfs cannot be mounted'
fi
mkdir "$folder/above/changes" "$folder/above/work" "$folder/above/next" "$folder/above/next-work"
over() {
  mount -t overlay -o "nodev,lowerdir=$1,upperdir=$2,workdir=$3" doctor "$folder/view" || fail "$4"
}
over "$folder/lower" "$folder/above/changes" "$folder/above/work" 'an overlay cannot be mounted'
rm "$folder/view/gone"
rm -r "$folder/view/again"
mkdir "$folder/view/again"
echo new > "$folder/view/again/new"
chown 951:951 "$folder/view/again/new" || fail 'owners of files cannot be changed'
umount "$folder/view"
[ -c "$folder/above/changes/gone" ] || fail 'a removed file leaves no whiteout'
over "$folder/above/changes:$folder/lower" "$folder/above/next" "$folder/above/next-work" 'two lower folders cannot be mounted'
[ ! -e "$folder/view/gone" ] || fail 'a whiteout does not hide'
[ ! -e "$folder/view/again/old" ] || fail 'a folder made anew is not opaque: trusted.* extended attributes do not work'
[ "$(cat "$folder/view/again/new")" = new ] || fail 'what was written is not there'
umount "$folder/view"
echo fine
`;

const overlayTmpfs: Check = {
  id: 'overlay-tmpfs',
  title: 'Overlay: tmpfs over the state folder',
  group: GROUP,
  uses: HOST_BUILDS,
  root: true,
  look: (context) => tryOverlay(context, 'tmpfs'),
};

const overlayDisk: Check = {
  id: 'overlay-disk',
  title: 'Overlay: on the disk of the state folder',
  group: GROUP,
  uses: HOST_BUILDS,
  root: true,
  look: (context) => tryOverlay(context, 'disk'),
};

async function tryOverlay({ state, signal }: DoctorContext, upper: 'tmpfs' | 'disk'): Promise<Finding> {
  const expected = `an overlay whose upper folder is on ${upper === 'tmpfs' ? 'a tmpfs' : 'that disk'}`;
  if (/[:,\\]/.test(state)) {
    return {
      status: 'failed',
      found: `the state folder ${state}`,
      expected: 'a path without colon, comma or backslash, which overlayfs cannot mount',
      remedy: 'choose another state folder',
    };
  }
  const below = await existing(state);
  // Named so that clean-up knows it where we are killed.
  const folder = path.join(below, ownedName('.pkg-actions-doctor-'));
  await mkdir(folder, { mode: 0o700 });
  try {
    await run(['unshare', '--mount', '--', 'sh', '-c', OVERLAY_SCRIPT, 'overlay', folder, upper], { signal });
    return { status: 'ok', found: `mounted below ${below}, and its changes as a layer` };
  } catch (error) {
    if (!(error instanceof CommandError) || signal.aborted) throw error;
    const remedy =
      upper === 'disk'
        ? 'put the state folder on ext4 or xfs (input state): the upper folder of an overlay cannot lie on another overlay or on a network file system'
        : 'modprobe overlay; in a container: give it CAP_SYS_ADMIN';
    return { status: 'failed', found: reasonOf(error), expected, remedy };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The folder, or the nearest one above it that is there: on the same disk, as far as one can tell. */
export async function existing(folder: string): Promise<string> {
  for (let each = folder; ; each = path.dirname(each)) {
    const found = await stat(each).catch(() => undefined);
    if (found?.isDirectory() || path.dirname(each) === each) return each;
  }
}

export const KERNEL_FEATURE_CHECKS: readonly Check[] = [namespaces, overlayTmpfs, overlayDisk];
