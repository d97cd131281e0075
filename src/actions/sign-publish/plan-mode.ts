/** `plan`: tells and writes what a publish would do, and changes nothing. */
import path from 'node:path';
import { UserError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { InputValues, OutputValues } from '../../inputs.ts';
import { writeReport } from '../../report-file.ts';
import { debDriver } from '../../repository/deb/driver.ts';
import { refuseDecision } from '../../repository/decision.ts';
import type { RepositoryView } from '../../repository/driver.ts';
import { planKeys } from '../../repository/keys.ts';
import { type Decided, type GivenKeys, planPublish } from '../../repository/publish.ts';
import { type PublishPlan, planDocument } from '../../repository/publish-plan/document.ts';
import { rpmDriver } from '../../repository/rpm/driver.ts';
import { normalFingerprint } from '../../signing/signer.ts';
import { openSigningKeys, type SigningKeys } from '../signing-keys.ts';
import type { action } from './inputs.ts';
import { planRequest, portablePath, reasonOf } from './plan-inputs.ts';
import { readAllowedSigners, signedLines, signedTable } from './provenance.ts';
import { planConclusion, planLines, planSummary } from './report-plan.ts';
import { type RepositoryRequest, resolveRepository } from './repository.ts';
import { planForReview } from './review.ts';

type Inputs = InputValues<typeof action.inputs>;

/**
 * @param file where the plan goes.
 * @throws UserError, or an AggregateError of them, when something would be refused; the plan is written by then.
 */
export async function runPlan(inputs: Inputs, file: string, host: Host): Promise<OutputValues<typeof action.outputs>> {
  const packages = inputs.packages.map((each) => path.resolve(host.workspace, each));
  const repository = await resolveRepository(inputs, packages);
  const { root, channel, request } = repository;
  const allowedSigners = await readAllowedSigners(repository.allowedSigners, host.workspace);
  const allowDowngrade = reasonOf(inputs);
  await using stack = new AsyncDisposableStack();
  const hasKey = inputs['signing-key'] !== undefined || inputs['gpg-home'] !== undefined;
  const keys = hasKey ? stack.use(await openKeys(inputs, repository, host)) : undefined;

  const now = new Date();
  const options = {
    root,
    packages,
    channel,
    allowReview: inputs['allow-review'],
    allowKeyChange: inputs['allow-key-change'],
    allowedSigners,
    allowDowngrade,
    logger: host,
    signal: host.signal,
    now: () => now,
  };
  const { decided, document } = await host.group(`Plan for ${channel} of ${root}`, async () => {
    const keysFor = async (view: RepositoryView) => await givenKeys(view, keys, inputs, repository);
    const { decided, review } = await decideFor(options, keysFor, repository);
    const document = planDocument(decided, {
      now,
      run: host.runUrl,
      repository: portablePath(host.workspace, root),
      review,
      request: planRequest(request, host.workspace),
      locations: packages.map((each) => portablePath(host.workspace, each)),
    });
    for (const line of signedLines(decided)) host.info(line);
    for (const line of planLines(document)) host.info(line);
    return { decided, document };
  });
  await writeReport(file, document);
  if (inputs.report !== undefined) await writeReport(inputs.report, document);
  await host.summary([planSummary(document), ...signedTable(decided)].join('\n'));
  host.output('verdict', document.verdict);
  refuseDecision(decided.decision);
  for (const { name, version, architecture, over, channel: where, reason } of document.overrides) {
    host.warning(`${name} ${version} (${architecture}) is older than ${over} in ${where}, and allowed: ${reason}`, {
      title: 'Downgrade',
    });
  }
  host.notice(planConclusion(document));
  return {
    verdict: document.verdict,
    changed: 'false',
    snapshot: decided.view.head?.id ?? '',
    'snapshot-uri': '',
    channel: decided.view.channel,
    repository: root,
    fingerprint: document.key.signs,
    'sources-entry': '',
    'repo-file': '',
    published: '',
  };
}

type PlanOptions = Parameters<typeof planPublish>[0];
type KeysFor = (view: RepositoryView) => Promise<GivenKeys>;

/** What would be decided, for the channel or for a review over it. */
async function decideFor(
  options: PlanOptions,
  keys: KeysFor,
  { request, review, url }: RepositoryRequest,
): Promise<{ decided: Decided; review?: PublishPlan['review'] }> {
  if (review === undefined) {
    const decided: Decided =
      request.format === 'deb'
        ? await planPublish(options, keys, debDriver(request.deb))
        : await planPublish(options, keys, rpmDriver(request.rpm));
    return { decided };
  }
  const { decided, found, begun = null, carried } = await planForReview({ ...options, review, url }, keys, request);
  return { decided, review: { name: review, ...found, channel: options.channel, begun, carried: [...carried] } };
}

async function openKeys(inputs: Inputs, { request, fingerprint, targets }: RepositoryRequest, host: Host) {
  const keys = await openSigningKeys(inputs, fingerprint, { format: request.format, targets }, host.signal);
  for (const warning of keys.warnings) host.warning(warning, { title: 'Signing key' });
  return keys;
}

/** Plans are made where no private key is: then its fingerprint says which one will sign, or the repository's own does. */
async function givenKeys(
  view: RepositoryView,
  keys: SigningKeys | undefined,
  inputs: Inputs,
  { request, fingerprint }: RepositoryRequest,
): Promise<GivenKeys> {
  if (keys !== undefined) {
    const { signer, nextSigner } = keys;
    const signs = [signer, ...(nextSigner === undefined ? [] : [nextSigner])].map(({ key }) => key.fingerprint);
    return { signs, changes: (await planKeys(view, request.format, keys)).changes };
  }
  const expected = readFingerprint(fingerprint, 'input signing-key-fingerprint');
  const next = readFingerprint(inputs['next-signing-key-fingerprint'], 'input next-signing-key-fingerprint');
  const signs = expected ?? (view.head ?? [...view.heads.values()][0])?.signedBy;
  if (signs !== undefined) return { signs: [signs, ...(next === undefined ? [] : [next])], changes: [] };
  throw new UserError({
    what: 'the plan of a new repository needs to know which key will sign',
    where: 'input signing-key-fingerprint',
    expected: 'the 40 hexadecimal digits of its fingerprint, here or as signing.key of the packaging file',
  });
}

function readFingerprint(text: string | undefined, where: string): string | undefined {
  if (text === undefined) return undefined;
  const fingerprint = normalFingerprint(text);
  if (fingerprint !== undefined) return fingerprint;
  throw new UserError({ what: 'not a fingerprint', where, expected: '40 hexadecimal digits' });
}
