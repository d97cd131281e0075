/** The real source package of GNU hello, for the demo and for measurements. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { hostDistribution, hostSources } from '../../src/buildroot/host-apt.ts';
import { listTargets } from '../../src/config/target.ts';
import { UserError } from '../../src/errors.ts';
import { run as command } from '../../src/process.ts';

/**
 * Downloads the source package of hello into `folder`, from the archive that this machine uses; apt checks its signature.
 *
 * @throws UserError where that is no archive of Debian or Ubuntu.
 */
export async function fetchHello(folder: string): Promise<void> {
  const distribution = (await hostDistribution()) ?? 'debian';
  const host = (await hostSources()).filter((source) => source.origin.toLowerCase() === distribution);
  const archive = host.find((source) => source.suite === source.codename && !source.suite.includes('-'));
  const target = listTargets().find((candidate) => candidate.suite === archive?.suite);
  if (archive === undefined || target === undefined) {
    throw new UserError({
      what: 'the demo takes GNU hello from the archive of Debian or Ubuntu',
      found: 'a host whose apt knows neither',
      expected: 'for example Debian 12',
    });
  }
  await rm(folder, { recursive: true, force: true });
  await mkdir(path.join(folder, 'lists/partial'), { recursive: true });
  const keyring = target.keyring === undefined ? '' : `[signed-by=${target.keyring}] `;
  await writeFile(path.join(folder, 'hello.list'), `deb-src ${keyring}${archive.uri} ${archive.suite} main\n`);
  const apt = (args: readonly string[]) =>
    command(
      [
        'apt-get',
        ...['-q', '-o', `Dir::Etc::SourceList=${folder}/hello.list`, '-o', 'Dir::Etc::SourceParts=-'],
        ...['-o', `Dir::State::Lists=${folder}/lists`, '-o', 'APT::Sandbox::User=root', '-o', 'Acquire::Retries=3'],
        ...args,
      ],
      { cwd: folder },
    );
  await apt(['update']);
  await apt(['source', '--download-only', '--only-source', 'hello']);
}
