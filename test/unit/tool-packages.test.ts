import { expect, test } from 'vitest';
import { installCommand } from '../../src/tool-packages.ts';

const DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n';
const MINT = 'ID=linuxmint\nID_LIKE="ubuntu debian"\n';
const FEDORA = 'NAME="Fedora Linux"\nVERSION_ID=43\nID=fedora\n';
const ROCKY = 'NAME="Rocky Linux"\nID="rocky"\nID_LIKE="rhel centos fedora"\nPLATFORM_ID="platform:el9"\n';

test.each([
  ['createrepo_c', DEBIAN, 'apt-get install createrepo-c'],
  ['createrepo_c', FEDORA, 'dnf install createrepo_c'],
  ['createrepo_c', ROCKY, 'dnf install createrepo_c'],
  ['modifyrepo_c', ROCKY, 'dnf install createrepo_c'],
  ['gpg', DEBIAN, 'apt-get install gpg'],
  ['gpg', ROCKY, 'dnf install gnupg2'],
  ['rpmkeys', MINT, 'apt-get install rpm'],
  ['xz', MINT, 'apt-get install xz-utils'],
  ['xz', FEDORA, 'dnf install xz'],
  ['ip', ROCKY, 'dnf install iproute'],
  ['nsenter', FEDORA, 'dnf install util-linux'],
  ['dnf', DEBIAN, 'apt-get install dnf'],
  ['no-such-tool', ROCKY, 'dnf install no-such-tool'],
  ['git', "ID='debian'\n", 'apt-get install git'],
  // Of neither: the names of both.
  ['rpmbuild', 'ID=arch\n', 'apt-get install rpm on Debian, dnf install rpm-build on Fedora'],
  ['git', '', 'apt-get install git on Debian, dnf install git on Fedora'],
])('%s is installed by the package manager of %j', (tool, release, command) => {
  expect(installCommand(tool, release)).toBe(command);
});

test('this machine is asked for its distribution', () => {
  expect(installCommand('git')).toMatch(/^(?:apt-get|dnf) install git/);
});
