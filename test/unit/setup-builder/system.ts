/** A system that is looked at and changed on paper: answers by command, changes kept. */
import type { Distribution } from '../../../src/setup/distribution.ts';
import { readDistribution } from '../../../src/setup/distribution.ts';
import type { System } from '../../../src/setup/system.ts';

export const RELEASES = {
  'debian-12': 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n',
  'ubuntu-24.04': 'PRETTY_NAME="Ubuntu 24.04.1 LTS"\nVERSION_ID="24.04"\nID=ubuntu\nID_LIKE=debian\n',
  'fedora-43': 'NAME="Fedora Linux"\nVERSION_ID=43\nID=fedora\n',
  'rocky-9': 'NAME="Rocky Linux"\nVERSION_ID="9.4"\nID="rocky"\nID_LIKE="rhel centos fedora"\n',
  'alma-8': 'NAME="AlmaLinux"\nVERSION_ID="8.10"\nID="almalinux"\nID_LIKE="rhel centos fedora"\n',
  'centos-10': 'NAME="CentOS Stream"\nVERSION_ID="10"\nID="centos"\nID_LIKE="rhel fedora"\n',
  'oracle-9': 'NAME="Oracle Linux Server"\nVERSION_ID="9.4"\nID="ol"\nID_LIKE="fedora"\nPLATFORM_ID="platform:el9"\n',
  'rhel-9': 'NAME="Red Hat Enterprise Linux"\nVERSION_ID="9.4"\nID="rhel"\nID_LIKE="fedora"\n',
} as const;
export type Release = keyof typeof RELEASES;

export const distributionOf = (release: Release): Distribution => readDistribution(RELEASES[release]);

export interface PaperSystem extends System {
  readonly asked: string[];
  readonly changed: string[];
}

/** @param answers standard output by the beginning of a command; an Error's text is a failure. */
export function paperSystem(
  options: Partial<Pick<System, 'root' | 'hasSystemd'>> & {
    readonly answers?: Readonly<Record<string, string | Error>>;
    readonly tools?: readonly string[];
  } = {},
): PaperSystem {
  const { root = '/nowhere', hasSystemd = false, answers = {}, tools = [] } = options;
  const asked: string[] = [];
  const changed: string[] = [];
  return {
    root,
    hasSystemd,
    asked,
    changed,
    async ask(argv) {
      const command = argv.join(' ');
      asked.push(command);
      const answer = Object.entries(answers).find(([start]) => command.startsWith(start))?.[1];
      return answer === undefined || answer instanceof Error
        ? { exitCode: 1, stdout: '' }
        : { exitCode: 0, stdout: answer };
    },
    async change(argv) {
      changed.push(argv.join(' '));
    },
    has: (tool) => tools.includes(tool),
  };
}
