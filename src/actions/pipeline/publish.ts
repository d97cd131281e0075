/** Check, publish and install the builds of one target. */
import type { Engine } from '../../buildroot/engine/engine.ts';
import type { Host } from '../../host/host.ts';
import type { InputValues } from '../../inputs.ts';
import { RepositoryPaths } from '../../repository/layout.ts';
import { fileNameOf } from '../../repository/site/client.ts';
import { readSnapshot } from '../../repository/snapshot.ts';
import { action as checkAction } from '../check-version/inputs.ts';
import { run as check } from '../check-version/run.ts';
import { action as publishAction } from '../sign-publish/inputs.ts';
import { run as publish } from '../sign-publish/run.ts';
import type { action } from './inputs.ts';
import { installPublished } from './install.ts';
import type { PipelinePlan, TargetPlan } from './plan.ts';
import { publishedChannels } from './repository.ts';
import { sharedFor } from './shared.ts';
import type { Stages } from './stage.ts';
import type { PublishedTarget } from './summary.ts';

type Inputs = InputValues<typeof action.inputs>;

/** @throws whatever the stages throw; what is published stays so when it cannot be installed. */
export async function publishTarget(
  each: TargetPlan,
  plan: PipelinePlan,
  inputs: Inputs,
  { state, engine }: { readonly state: string; readonly engine: Engine },
  stages: Stages,
  host: Host,
): Promise<PublishedTarget> {
  const { target, repository, jobs } = each;
  const { root, channel } = repository;
  const packages = jobs.map((job) => job.packages).join('\n');
  const checked = await host.group(`Check versions against ${root}`, async () => {
    const channels = await publishedChannels(root, channel);
    if (channels.length === 0) {
      host.info('the repository is new: nothing to compare with');
      return undefined;
    }
    const repositories = channels.map((published) => `${published.channel}: ${published.source}`).join('\n');
    return stages.run(`Check for ${target.name}`, checkAction, check, { packages, repositories });
  });
  const { outputs, seconds } = await host.group(`Sign and publish for ${target.name}`, () =>
    stages.run(`Publish for ${target.name}`, publishAction, publish, {
      ...sharedFor(inputs, target.format, publishAction.inputs),
      // The buildroots are here: what cannot be installed is not published.
      'client-check': 'target',
      state,
      packages,
      repository: root,
      packaging: plan.file,
      'repository-name': plan.file === undefined ? undefined : repository.name,
      channel,
      'signing-key': inputs['signing-key'].reveal(),
      'signing-key-passphrase': inputs['signing-key-passphrase']?.reveal(),
      'allow-key-change': String(inputs['allow-key-change']),
    }),
  );
  const { settings } = await readSnapshot(new RepositoryPaths(root), outputs.snapshot);
  const published = {
    target: target.name,
    format: target.format,
    root,
    channel,
    snapshot: outputs.snapshot,
    changed: outputs.changed === 'true',
    fingerprint: outputs.fingerprint,
    fileName: fileNameOf(settings.label),
    entry: outputs[target.format === 'deb' ? 'sources-entry' : 'repo-file'],
    checkSeconds: checked?.seconds ?? 0,
    publishSeconds: seconds,
  };
  if (!inputs.install) return { ...published, installed: undefined };
  const { packaging } = plan;
  const { mirror, smoke } = inputs;
  const installed = await host.group(`Install in a clean session of ${target.name}`, () =>
    installPublished(each, published, { packaging, state, engine, mirror, smoke, proxy: inputs.proxy }, host),
  );
  return { ...published, installed };
}
