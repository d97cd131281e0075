/** Signs and publishes builds: reads the inputs, publishes, and tells what was done. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { InputValues, OutputValues } from '../../inputs.ts';
import { writeReport } from '../../report-file.ts';
import { debDriver } from '../../repository/deb/driver.ts';
import { fileUri, fileUrl, RepositoryPaths } from '../../repository/layout.ts';
import { type Decided, type PublishOptions, type PublishResult, publish } from '../../repository/publish.ts';
import {
  checkAgainstPlan,
  checkChannelsAgainstPlan,
  checkReviewAgainstPlan,
  checkVerdict,
} from '../../repository/publish-plan/compare.ts';
import { readPublishPlan } from '../../repository/publish-plan/document.ts';
import type { Found } from '../../repository/review/decision.ts';
import { rpmDriver } from '../../repository/rpm/driver.ts';
import { readChannels, type Snapshot } from '../../repository/snapshot.ts';
import type { Step } from '../../repository/transaction.ts';
import { isRepository } from '../../repository/view.ts';
import { validityWarnings } from '../../signing/key-advice.ts';
import { describeKey } from '../../signing/signer.ts';
import { openSigningKeys } from '../signing-keys.ts';
import { openTargetClients } from './client-check.ts';
import type { action } from './inputs.ts';
import type { ReportContext } from './instructions.ts';
import { reasonOf, withPlan } from './plan-inputs.ts';
import { runPlan } from './plan-mode.ts';
import { readAllowedSigners, signedLines } from './provenance.ts';
import { conclusion, entryLine, jsonReport, overrideLine, stayingLine, summary, withdrawnLine } from './report.ts';
import { sourcesEntry } from './report-deb.ts';
import { reviewLines } from './report-review.ts';
import { repoFile } from './report-rpm.ts';
import { type FormatRequest, resolveRepository } from './repository.ts';
import { publishToReview, reviewWarnings } from './review.ts';

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
  const repository = await resolveRepository(inputs, packages);
  const { root, channel, request, fingerprint, targets, leaseSeconds, url, review } = repository;
  const allowDowngrade = reasonOf(inputs);
  const allowedSigners = await readAllowedSigners(repository.allowedSigners, host.workspace);
  // Under the lease they are compared again: nobody waits for it in vain.
  if (plan !== undefined && review === undefined) {
    const paths = new RepositoryPaths(root);
    await isRepository(paths);
    checkChannelsAgainstPlan(plan, await readChannels(paths), 'input apply');
  }
  // What it lacks is said before anything is done.
  await using clients = await openTargetClients(inputs, packages, review, host);
  const use = { format: request.format, targets };
  await using keys = await openSigningKeys(inputs, fingerprint, use, host.signal);
  const { signer, nextSigner } = keys;
  host.info(`Key: ${describeKey(signer.key)}`);
  if (nextSigner !== undefined) host.info(`Next key: ${describeKey(nextSigner.key)}`);
  for (const warning of keys.warnings) host.warning(warning, { title: 'Signing key' });

  const options = {
    root,
    packages,
    channel,
    signer,
    nextSigner,
    allowKeyChange: inputs['allow-key-change'],
    allowedSigners,
    approve: plan === undefined ? undefined : (decided: Decided) => checkAgainstPlan(plan, decided, 'input apply'),
    checkClients: clients?.check,
    holder: host.runUrl ?? `the run ${host.runId}`,
    run: host.runUrl,
    leaseSeconds,
    logger: host,
    signal: host.signal,
    onStep: (step: Step) => host.debug(`done: ${step}`),
  };
  const onFound = (found: Found) => {
    if (plan !== undefined) checkReviewAgainstPlan(plan, found, 'input apply');
  };
  const title =
    review === undefined ? `Publish to ${channel} of ${root}` : `Publish to the review ${review} of ${root}`;
  const { result, place } = await host.group(title, async () => {
    const published =
      review === undefined
        ? await publishToChannel({ ...options, allowReview: inputs['allow-review'], allowDowngrade }, request, url)
        : await publishToReview({ ...options, review, url, onFound }, request);
    const { plan: done } = published.result;
    for (const line of signedLines(published.result)) host.info(line);
    for (const entry of done.entries) host.info(entryLine(entry));
    for (const each of done.withdrawn) host.info(withdrawnLine(each));
    for (const each of done.staying) host.info(stayingLine(each));
    for (const reason of done.reasons) host.info(reason);
    return { result: published.result, place: published.context };
  });
  for (const each of result.changed ? result.overrides : []) {
    // That a patch set replaces the one before is what reviews are for.
    if (review === undefined) host.warning(overrideLine(each), { title: 'Downgrade' });
    else host.info(overrideLine(each));
  }

  const context: ReportContext = { ...place, key: signer.key, nextKey: nextSigner?.key };
  for (const line of reviewLines(context)) host.info(line);
  const fingerprints = [signer, ...(nextSigner === undefined ? [] : [nextSigner])].map(({ key }) => key.fingerprint);
  for (const warning of context.review === undefined ? [] : reviewWarnings(context.review, fingerprints)) {
    host.warning(warning, { title: 'Signing key' });
  }
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
    channel: context.channel,
    repository: context.root,
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

async function publishToChannel(
  options: PublishOptions,
  request: FormatRequest,
  url: string | undefined,
): Promise<{ result: PublishResult; context: Omit<ReportContext, 'key' | 'nextKey'> }> {
  const { root, channel } = options;
  const result: PublishResult =
    request.format === 'deb'
      ? await publish(options, debDriver(request.deb))
      : await publish(options, rpmDriver(request.rpm));
  const local = (request.format === 'deb' ? fileUri : fileUrl)(path.join(root, 'public'));
  const keys = await readFile(path.join(root, 'public', 'key.asc'), 'utf8');
  return { result, context: { root, channel, url: url ?? result.snapshot.settings.url ?? local, keys } };
}
