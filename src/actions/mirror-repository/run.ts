/** Mirrors a repository: reads the inputs, brings every mirror up to date, and tells what became of each. */

import { UserError } from '../../errors.ts';
import { formatCount } from '../../format.ts';
import type { Host } from '../../host/host.ts';
import type { InputValues, OutputValues } from '../../inputs.ts';
import { mirrorRepository } from '../../mirror/mirrors.ts';
import { readKnownHosts } from '../../mirror/ssh.ts';
import { writeReport } from '../../report-file.ts';
import type { action } from './inputs.ts';
import { jsonReport, resultLine, summary } from './report.ts';
import { resolveMirrors } from './request.ts';

/** @throws UserError where a mirror failed; the outputs are set, and the others are mirrored. */
export async function run(
  inputs: InputValues<typeof action.inputs>,
  host: Host,
): Promise<OutputValues<typeof action.outputs>> {
  const { root, destinations } = await resolveMirrors(inputs, host.workspace);
  const dryRun = inputs['dry-run'];
  const hosts = inputs['known-hosts'];
  const knownHosts = hosts === undefined ? undefined : await readKnownHosts(hosts, host.workspace);
  const results = await mirrorRepository({
    root,
    destinations,
    dryRun,
    checksum: inputs.checksum,
    maxDelete: inputs['max-delete'],
    knownHosts,
    sshKey: inputs['ssh-key'],
    password: inputs['rsync-password'],
    bytesPerSecond: inputs['bandwidth-limit'],
    timeoutSeconds: inputs.timeout,
    attempts: inputs.attempts,
    lockSeconds: inputs['lock-timeout'],
    host,
  });
  for (const result of results) host.info(resultLine(result, dryRun));
  const report = jsonReport(root, dryRun, results);
  const names = (wanted: (state: string) => boolean) =>
    results.flatMap(({ state, destination }) => (wanted(state) ? [destination.name] : [])).join('\n');
  const outputs = {
    mirrored: names((state) => state !== 'failed' && !dryRun),
    failed: names((state) => state === 'failed'),
    report: JSON.stringify(report),
  };
  for (const [name, value] of Object.entries(outputs)) host.output(name, value);
  await host.summary(summary(root, dryRun, results));
  if (inputs['report-file'] !== undefined) await writeReport(inputs['report-file'], report);
  const failed = results.filter(({ state }) => state === 'failed');
  if (failed.length > 0) {
    throw new UserError({
      what: `${failed.length} of ${formatCount(results.length, 'mirror')} failed`,
      found: failed.map(({ destination }) => destination.name).join(', '),
      remedy: 'what failed stands above; the next run completes them',
    });
  }
  return outputs;
}
