import path from 'node:path';
import { checkCandidate } from '../../deb/version-check.ts';
import { UserError } from '../../errors.ts';
import { formatCount } from '../../format.ts';
import type { Host } from '../../host/host.ts';
import type { InputValues, OutputValues } from '../../inputs.ts';
import { writeReport } from '../../report-file.ts';
import { checkRpmBuilds } from '../../rpm/version-check.ts';
import { type CheckResult, VersionIndex } from '../../version-check.ts';
import { readCandidates } from './candidates.ts';
import type { action } from './inputs.ts';
import { parseRepository, readAll, requireFormat } from './repositories.ts';
import { makeReport, markdownTable, plainTable, sentence } from './table.ts';

/** As many as an error message names. */
const SHOWN = 20;

/**
 * Checks packages against repositories.
 *
 * @throws UserError where a package is in conflict, or older than a published one and that is not allowed. The outputs
 *   and the report are written before.
 */
export async function run(
  inputs: InputValues<typeof action.inputs>,
  host: Host,
): Promise<OutputValues<typeof action.outputs>> {
  const resolve = (file: string) => path.resolve(host.workspace, file);
  const named = inputs.repositories.map((line) => parseRepository(line, resolve));
  const candidates = await host.group('Packages', async () => {
    const found = await readCandidates(inputs.packages.map(resolve), { signal: host.signal });
    for (const { name, version, architecture } of found) host.info(`${name} ${version} (${architecture})`);
    return found;
  });

  const format = requireFormat(candidates, named);
  const repositories = await host.group('Repositories', async () => {
    const read = await readAll(named, candidates, {
      keyFiles: inputs['repository-keys'].map(resolve),
      allowMissing: inputs['allow-missing'],
      attempts: inputs.attempts,
      logger: host,
      signal: host.signal,
    });
    for (const { channel, uri, suite, exists, date } of read) {
      const when = date === undefined ? '' : `, of ${new Date(date * 1000).toISOString()}`;
      host.info(`${channel}: ${uri}${suite === undefined ? '' : ` ${suite}`}${exists ? when : ', not there yet'}`);
    }
    return read;
  });

  const index = new VersionIndex();
  for (const { packages } of repositories) index.addAll(packages);
  const results =
    format === 'rpm'
      ? checkRpmBuilds(
          candidates.flatMap(({ built }) => built ?? []),
          index,
        )
      : candidates.map((candidate) => checkCandidate(candidate, index));
  const report = makeReport(results, repositories);

  await host.group('Versions', async () => {
    for (const line of plainTable(results)) host.info(line);
  });
  await host.summary(`### Versions\n\n${markdownTable(results)}`);
  const json = JSON.stringify(report);
  if (inputs.report !== undefined) await writeReport(inputs.report, report);
  const outputs = {
    outcome: report.outcome,
    new: String(report.counts.new),
    upgrade: String(report.counts.upgrade),
    same: String(report.counts.same),
    downgrade: String(report.counts.downgrade),
    conflict: String(report.counts.conflict),
    result: json,
  };

  const isBad = ({ outcome }: CheckResult) =>
    outcome === 'conflict' || (outcome === 'downgrade' && !inputs['allow-downgrade']);
  for (const result of results) {
    const location = { title: `${result.candidate.name}: ${result.outcome}` };
    if (isBad(result)) host.error(sentence(result), location);
    else if (result.outcome === 'downgrade') host.warning(sentence(result), location);
  }
  const bad = results.filter(isBad);
  if (bad.length > 0) {
    for (const [name, value] of Object.entries(outputs)) host.output(name, value);
    throw refusal(bad, results.length);
  }
  return outputs;
}

function refusal(bad: readonly CheckResult[], count: number): UserError {
  const shown = bad.slice(0, SHOWN).map(sentence);
  if (bad.length > SHOWN) shown.push(`and ${bad.length - SHOWN} more`);
  const hasDowngrade = bad.some((result) => result.outcome === 'downgrade');
  return new UserError({
    what: `${bad.length} of ${formatCount(count, 'package')} cannot be published: ${shown.join('; ')}`,
    remedy: `give ${bad.length === 1 ? 'it' : 'them'} a higher version${hasDowngrade ? ', or say allow-downgrade' : ''}`,
  });
}
