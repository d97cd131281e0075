/** Signs and publishes builds: reads the inputs, publishes, and tells what was done. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { InputValues, OutputValues } from '../../inputs.ts';
import { writeReport } from '../../report-file.ts';
import { debDriver } from '../../repository/deb/driver.ts';
import { fileUri, fileUrl, RepositoryPaths } from '../../repository/layout.ts';
import { type PublishOptions, type PublishResult, publish } from '../../repository/publish.ts';
import { checkAgainstPlan, checkChannelsAgainstPlan, checkVerdict } from '../../repository/publish-plan/compare.ts';
import { readPublishPlan } from '../../repository/publish-plan/document.ts';
import { rpmDriver } from '../../repository/rpm/driver.ts';
import { readChannels, type Snapshot } from '../../repository/snapshot.ts';
import { isRepository } from '../../repository/view.ts';
import { withdrawn } from '../../repository/withdrawn.ts';
import { validityWarnings } from '../../signing/key-advice.ts';
import { describeKey } from '../../signing/signer.ts';
import type { action } from './inputs.ts';
import type { ReportContext } from './instructions.ts';
import { reasonOf, withPlan } from './plan-inputs.ts';
import { runPlan } from './plan-mode.ts';
import { conclusion, entryLine, jsonReport, overrideLine, summary, withdrawnLine } from './report.ts';
import { sourcesEntry } from './report-deb.ts';
import { repoFile } from './report-rpm.ts';
import { type FormatRequest, resolveRepository } from './repository.ts';
import { openSigningKeys } from './signing.ts';

type Inputs = InputValues<typeof action.inputs>;

/**
 * @throws UserError, or an AggregateError of them, when something may not be published; the repository is as it was.
 */
export async function run(given: Inputs, host: Host): Promise<OutputValues<typeof action.outputs>> {
  if (given.plan !== undefined && given.apply !== undefined) {
    throw new UserError({
      what: 'a plan is either made or applied',
      where: 'inputs plan and apply',
      remedy: 'give one of them',
    });
  }
  if (given.plan !== undefined) return await runPlan(given, given.plan, host);
  const plan = given.apply === undefined ? undefined : await readPublishPlan(given.apply, 'input apply');
  if (plan !== undefined) checkVerdict(plan, 'input apply');
  const inputs = plan === undefined ? given : withPlan(given, plan, host.workspace);
  const packages = inputs.packages.map((each) => path.resolve(host.workspace, each));
  const { root, channel, request, fingerprint, targets, leaseSeconds, url } = await resolveRepository(inputs, packages);
  const allowDowngrade = reasonOf(inputs);
  // Under the lease they are compared again: nobody waits for it in vain.
  if (plan !== undefined) {
    const paths = new RepositoryPaths(root);
    await isRepository(paths);
    checkChannelsAgainstPlan(plan, await readChannels(paths), 'input apply');
  }
  const use = { format: request.format, targets };
  await using keys = await openSigningKeys(inputs, fingerprint, use, host.signal);
  const { signer, nextSigner } = keys;
  host.info(`Key: ${describeKey(signer.key)}`);
  if (nextSigner !== undefined) host.info(`Next key: ${describeKey(nextSigner.key)}`);
  for (const warning of keys.warnings) host.warning(warning, { title: 'Signing key' });

  const result = await host.group(`Publish to ${channel} of ${root}`, async () => {
    const published = await publishFormat(
      {
        root,
        packages,
        channel,
        signer,
        nextSigner,
        allowReview: inputs['allow-review'],
        allowKeyChange: inputs['allow-key-change'],
        allowDowngrade,
        approve: plan === undefined ? undefined : (decided) => checkAgainstPlan(plan, decided, 'input apply'),
        holder: host.runUrl ?? `the run ${host.runId}`,
        run: host.runUrl,
        leaseSeconds,
        logger: host,
        signal: host.signal,
        onStep: (step) => host.debug(`done: ${step}`),
      },
      request,
    );
    for (const entry of published.plan.entries) host.info(entryLine(entry));
    for (const each of withdrawn(published.plan)) host.info(withdrawnLine(each));
    for (const reason of published.plan.reasons) host.info(reason);
    return published;
  });
  for (const each of result.changed ? result.overrides : []) {
    host.warning(overrideLine(each), { title: 'Downgrade' });
  }

  const context: ReportContext = {
    root,
    channel,
    url:
      url ?? result.snapshot.settings.url ?? (request.format === 'deb' ? fileUri : fileUrl)(path.join(root, 'public')),
    key: signer.key,
    nextKey: nextSigner?.key,
    keys: await readFile(path.join(root, 'public', 'key.asc'), 'utf8'),
  };
  for (const warning of validityWarnings(signer.key, validUntil(result.snapshot))) {
    host.warning(warning, { title: 'Signing key' });
  }
  host.notice(conclusion(result, context));
  await host.summary(summary(result, context));
  const report = jsonReport(result, context);
  if (inputs.report !== undefined) await writeReport(inputs.report, report);
  return {
    verdict: result.changed ? 'publish' : 'nothing',
    changed: String(result.changed),
    snapshot: result.snapshot.id,
    'snapshot-uri': `${context.url}/snapshots/${result.snapshot.id}`,
    channel,
    repository: root,
    fingerprint: signer.key.fingerprint,
    'sources-entry': result.snapshot.format === 'deb' ? sourcesEntry(result.snapshot, context) : '',
    'repo-file': result.snapshot.format === 'rpm' ? repoFile(result.snapshot, context) : '',
    published: JSON.stringify(report),
  };
}

/** Of the Release file that clients get now. */
function validUntil(snapshot: Snapshot): Date | undefined {
  if (snapshot.format !== 'deb' || snapshot.settings.validSeconds === undefined) return undefined;
  return new Date(Date.parse(snapshot.createdAt) + snapshot.settings.validSeconds * 1000);
}

async function publishFormat(options: PublishOptions, request: FormatRequest): Promise<PublishResult> {
  return request.format === 'deb'
    ? await publish(options, debDriver(request.deb))
    : await publish(options, rpmDriver(request.rpm));
}
