/** What a plan remembers of the inputs, and gives back where `apply` is given none. */
import path from 'node:path';
import { quote, UserError } from '../../errors.ts';
import type { InputValues } from '../../inputs.ts';
import type { PlanRequest, PublishPlan } from '../../repository/publish-plan/document.ts';
import { METADATA_INPUTS } from '../../repository/rpm/metadata.ts';
import type { action } from './inputs.ts';
import type { FormatRequest } from './repository.ts';

type Inputs = InputValues<typeof action.inputs>;

const MAX_REASON = 1000;

/** @throws UserError for a reason that is none. */
export function reasonOf(inputs: Pick<Inputs, 'allow-downgrade'>): string | undefined {
  const reason = inputs['allow-downgrade'];
  if (reason === undefined) return undefined;
  const text = reason.trim();
  if (text !== '' && text.length <= MAX_REASON && !/\p{Cc}/u.test(text)) return text;
  throw new UserError({
    what: 'a downgrade needs a reason, for those who look at the repository later',
    where: 'input allow-downgrade',
    found: quote(reason),
    expected: `one line of text, of ${MAX_REASON} characters at most`,
  });
}

/** A path as a plan has it: it may be done in another workspace. */
export function portablePath(workspace: string, target: string): string {
  const relative = path.relative(workspace, target);
  const isInside = relative !== '..' && !relative.startsWith('../') && !path.isAbsolute(relative);
  return isInside ? relative || '.' : target;
}

/** What was asked for. The name, a default for new repositories, follows from the folder again. */
export function planRequest(request: FormatRequest, workspace: string): PlanRequest {
  if (request.format === 'deb') {
    const { name: _, components, architectures, ...rest } = request.deb;
    return { ...rest, ...lists({ components, architectures }) };
  }
  const { name: _, metadata = {}, architectures, ...rest } = request.rpm;
  const files = METADATA_INPUTS.flatMap((input) => {
    const file = metadata[input];
    return file === undefined ? [] : [[input, portablePath(workspace, file)]];
  });
  return { ...rest, ...lists({ architectures }), ...Object.fromEntries(files) };
}

function lists<K extends string>(given: Readonly<Record<K, readonly string[] | undefined>>): Record<K, string[]> {
  const found = Object.entries<readonly string[] | undefined>(given).flatMap(([name, list]) =>
    list === undefined ? [] : [[name, [...list]] as const],
  );
  return Object.fromEntries(found) as Record<K, string[]>;
}

/**
 * The inputs, with what the plan was made with where they say nothing. What is allowed is never taken from a plan:
 * reviews, downgrades and other keys are allowed by who publishes.
 *
 * @throws UserError when the inputs want something else than the plan.
 */
export function withPlan(inputs: Inputs, plan: PublishPlan, workspace: string): Inputs {
  const channel = plan.review?.channel ?? plan.channel;
  // Whether builds of changes that are not merged may be published is never taken from a plan, nor where to.
  if (inputs.review !== plan.review?.name) {
    throw new UserError({
      what: 'the plan is for another review repository, or for none',
      where: 'input review',
      found: inputs.review ?? 'none',
      expected: plan.review?.name ?? 'none',
    });
  }
  if (inputs.channel !== undefined && inputs.channel !== channel) {
    throw new UserError({
      what: 'the plan is for another channel',
      where: 'input channel',
      found: quote(inputs.channel),
      expected: `${quote(channel)}, or nothing`,
    });
  }
  const resolved = (file: string | undefined) => (file === undefined ? undefined : path.resolve(workspace, file));
  const { request } = plan;
  const list = (given: readonly string[], planned: readonly string[] | undefined) =>
    given.length > 0 ? given : (planned ?? []);
  return {
    ...inputs,
    packages: list(
      inputs.packages,
      plan.builds.map(({ location }) => location),
    ),
    repository: inputs.repository ?? (inputs.packaging === undefined ? resolved(plan.repository) : undefined),
    channel,
    suite: inputs.suite ?? request.suite,
    components: list(inputs.components, request.components),
    component: inputs.component ?? request.component,
    'udeb-component': inputs['udeb-component'] ?? request.udebComponent,
    architectures: list(inputs.architectures, request.architectures),
    origin: inputs.origin ?? request.origin,
    label: inputs.label ?? request.label,
    description: inputs.description ?? request.description,
    'valid-for': inputs['valid-for'] ?? request.validSeconds,
    'keep-versions': inputs['keep-versions'] ?? request.keepVersions,
    groups: inputs.groups ?? resolved(request.groups),
    updateinfo: inputs.updateinfo ?? resolved(request.updateinfo),
    modules: inputs.modules ?? resolved(request.modules),
    productid: inputs.productid ?? resolved(request.productid),
    url: inputs.url ?? request.url,
  };
}
