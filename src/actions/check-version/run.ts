import path from 'node:path';
import { type AptSource, hideCredentials, parseSourceLine } from '../../deb/source-line.ts';
import { type CheckResult, checkCandidate, VersionIndex } from '../../deb/version-check.ts';
import { quote, UserError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { InputValues, OutputValues } from '../../inputs.ts';
import { writeReport } from '../../report-file.ts';
import { type RepositoryContent, readRepository } from '../../repository/deb-index/read.ts';
import { type FoundCandidate, readCandidates } from './candidates.ts';
import type { action } from './inputs.ts';
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
  const sources = inputs.repositories.map((line) => parseRepository(line, resolve));
  const candidates = await host.group('Packages', async () => {
    const found = await readCandidates(inputs.packages.map(resolve), { signal: host.signal });
    for (const { name, version, architecture } of found) host.info(`${name} ${version} (${architecture})`);
    return found;
  });

  const repositories = await host.group('Repositories', async () => {
    const read: RepositoryContent[] = [];
    for (const { source, channel } of sources) {
      const content = await readRepository(source, {
        ...requestFor(candidates),
        channel,
        names: new Set(candidates.map((candidate) => candidate.name)),
        keyFiles: inputs['repository-keys'].map(resolve),
        allowMissing: inputs['allow-missing'],
        attempts: inputs.attempts,
        logger: host,
        signal: host.signal,
      });
      const date = content.date === undefined ? '' : `, of ${new Date(content.date * 1000).toISOString()}`;
      host.info(`${channel}: ${content.uri} ${content.suite}${content.exists ? date : ', not there yet'}`);
      read.push(content);
    }
    return read;
  });

  const index = new VersionIndex();
  for (const { packages } of repositories) index.addAll(packages);
  const results = candidates.map((candidate) => checkCandidate(candidate, index));
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

/** `[channel:] deb ...`. Without a name the channel is what the repository's place calls it, else its suite. */
function parseRepository(
  line: string,
  resolve: (file: string) => string,
): { readonly source: AptSource; readonly channel: string } {
  const where = `input repositories, ${quote(hideCredentials(line))}`;
  const label = /^([^\s:[\]]+):[ \t]+(.*)$/.exec(line);
  const source = parseSourceLine(label?.[2] ?? line, where, resolve);
  if (label?.[1] !== undefined) {
    if (!/^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/.test(label[1])) {
      throw new UserError({
        what: 'not a name of a channel',
        where,
        found: quote(label[1]),
        expected: 'letters, digits and ._+-',
      });
    }
    return { source, channel: label[1] };
  }
  // Our own repositories publish below <repository>/public/<channel>.
  const published = source.location.kind === 'folder' ? /\/public\/([^/]+)$/.exec(source.location.folder) : null;
  return { source, channel: published?.[1] ?? (source.isFlat ? source.uri : source.suite) };
}

function requestFor(candidates: readonly FoundCandidate[]) {
  const binaries = candidates.filter((candidate) => candidate.kind === 'binary');
  return {
    architectures: new Set(binaries.map((candidate) => candidate.architecture)),
    binaries: binaries.length > 0,
    udebs: binaries.some((candidate) => candidate.file.endsWith('.udeb')),
    sources: candidates.some((candidate) => candidate.kind === 'source'),
  };
}

function refusal(bad: readonly CheckResult[], count: number): UserError {
  const shown = bad.slice(0, SHOWN).map(sentence);
  if (bad.length > SHOWN) shown.push(`and ${bad.length - SHOWN} more`);
  const hasDowngrade = bad.some((result) => result.outcome === 'downgrade');
  return new UserError({
    what: `${bad.length} of ${count} packages cannot be published: ${shown.join('; ')}`,
    remedy: `give ${bad.length === 1 ? 'it' : 'them'} a higher version${hasDowngrade ? ', or say allow-downgrade' : ''}`,
  });
}
