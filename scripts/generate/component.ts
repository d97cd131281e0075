/** `templates/<name>.yml`: a GitLab CI/CD component. https://docs.gitlab.com/ci/components/ */
import { Document, isScalar, Scalar, visit } from 'yaml';
import { inputVariable } from '../../src/host/environment.ts';
import type { ActionSpec, InputSpec } from '../../src/inputs.ts';
import { defaultText, GENERATED } from './action-yml.ts';

/** Inputs of every component beside the action's own; no action may use these names. */
export const COMPONENT_INPUTS = [
  'stage',
  'job-name',
  'tags',
  'pkg-actions',
  'output-prefix',
  'expire-in',
  'resource-group',
  'git-strategy',
] as const;

/** The variable that holds what npx fetches. */
const PACKAGE_VARIABLE = 'PKG_ACTIONS_NPX_PACKAGE';

/**
 * The file as text.
 *
 * No value is ever shell text: each goes through a variable that GitLab does not expand, and the script names
 * variables only.
 *
 * @param version of pkg-actions that the job fetches.
 */
export function componentYml(action: ActionSpec, version: string): string {
  const header = new Document({
    spec: { inputs: { ...ownInputs(action, version), ...actionInputs(action) } },
  });
  header.commentBefore = GENERATED(action);
  const job = new Document({ [use('job-name')]: jobEntry(action) });
  // Quoted, so that a value stays one text, whatever the server makes of the file before it reads it as YAML.
  visit(job, (key, node) => {
    if (isScalar(node) && typeof node.value === 'string' && node.value.includes('$[[') && key !== null) {
      if (node.value !== use('tags')) node.type = Scalar.QUOTE_DOUBLE;
    }
  });
  const options = { lineWidth: 120 } as const;
  return `${header.toString(options)}---\n${job.toString(options)}`;
}

function use(input: string): string {
  return `$[[ inputs.${input} ]]`;
}

function publishes(action: ActionSpec): boolean {
  return action.runner === 'pkg-publisher';
}

function ownInputs(action: ActionSpec, version: string): Record<string, unknown> {
  return {
    stage: { description: 'Stage of the job.', default: action.stage ?? 'build' },
    'job-name': {
      description: 'Name of the job. Give each its own where a pipeline includes the component more than once.',
      default: action.name,
    },
    tags: {
      description: 'Tags of the runners that may take the job.',
      type: 'array',
      // GitLab takes no empty list, and builders can do what any runner can.
      default: [action.runner === 'any' ? 'pkg-builder' : action.runner],
    },
    'pkg-actions': {
      description:
        'What npx fetches: a version of the package, an archive by its absolute path or URL, or a git address.',
      default: `pkg-actions@${version}`,
    },
    'output-prefix': {
      description: 'Put before the names of the variables that later jobs get: output `x-y` is PREFIXX_Y.',
      default: `${action.name.toUpperCase().replaceAll('-', '_')}_`,
      regex: '^([A-Za-z_][A-Za-z0-9_]*)?$',
    },
    'expire-in': { description: 'How long GitLab keeps the artifacts.', default: '1 week' },
    ...(publishes(action)
      ? {
          'resource-group': {
            description: 'Jobs of one group never run at once.',
            default: 'pkg-publisher',
          },
          'git-strategy': {
            description:
              'How the runner gets the checkout. `none`: not at all, since the publisher works on packages and manifests. With `packaging` in the repository: `fetch` or `clone`.',
            options: ['none', 'fetch', 'clone'],
            default: 'none',
          },
        }
      : {}),
  };
}

function actionInputs(action: ActionSpec): Record<string, unknown> {
  const entries: [string, unknown][] = [];
  for (const [name, spec] of Object.entries(action.inputs)) {
    if (spec.type === 'secret') {
      entries.push(
        [
          `${name}-variable`,
          {
            description: `Name of the CI/CD variable (of type Variable or File) that holds: ${spec.description}`,
            default: '',
          },
        ],
        [`${name}-file`, { description: `File on the runner that holds: ${spec.description}`, default: '' }],
      );
    } else {
      entries.push([name, inputEntry(spec)]);
    }
  }
  return Object.fromEntries(entries);
}

function inputEntry(spec: Exclude<InputSpec, { type: 'secret' }>): Record<string, unknown> {
  const required = 'required' in spec && spec.required === true;
  const description = spec.example === undefined ? spec.description : `${spec.description} Example: ${spec.example}`;
  const entry: Record<string, unknown> = { description };
  if (spec.type === 'boolean') return { ...entry, type: 'boolean', default: spec.default };
  // A number cannot be "not given" there: only one with a default can be a number.
  if (spec.type === 'integer' && spec.default !== undefined) return { ...entry, type: 'number', default: spec.default };
  if (!required) entry['default'] = defaultText(spec);
  if (spec.type === 'choice') {
    const unset = required || spec.default !== undefined ? [] : [''];
    return { ...entry, options: [...unset, ...spec.options] };
  }
  const regex = regexOf(spec, required || defaultText(spec) !== '');
  return regex === undefined ? entry : { ...entry, regex };
}

/** The pattern for GitLab's RE2, which knows neither look-around nor references back; then there is none. */
function regexOf(spec: InputSpec, always: boolean): string | undefined {
  const source =
    spec.type === 'integer'
      ? '-?[0-9]+'
      : spec.type === 'duration'
        ? '[0-9]+|([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?'
        : spec.type === 'size'
          ? '[0-9]+([KMGT](i?B)?)?'
          : spec.type === 'string' && spec.pattern && !/\(\?[=!<]|\\[1-9k]/.test(spec.pattern.source)
            ? `${spec.pattern.flags.includes('i') ? '(?i)' : ''}${spec.pattern.source.replaceAll('\\/', '/')}`
            : undefined;
  return source === undefined ? undefined : `^(${source})${always ? '' : '?'}$`;
}

function jobEntry(action: ActionSpec): Record<string, unknown> {
  return {
    stage: use('stage'),
    tags: use('tags'),
    // A build that nobody waits for may be cancelled; a publication is never cut short by a newer commit.
    interruptible: !publishes(action),
    ...(publishes(action) ? { resource_group: use('resource-group') } : {}),
    retry: { max: 2, when: ['runner_system_failure'] },
    variables: variables(action),
    // Not in the checkout: npx would take a package of that name, and npm's settings, from there.
    script: [
      `cd / && npx --yes --package "$${PACKAGE_VARIABLE}" pkg-actions ${action.name} --directory "$CI_PROJECT_DIR"`,
    ],
    // As late as a job can do something: what a killed script left. A checkout made anew before it does not matter.
    ...(action.cleansUp
      ? { after_script: [`cd / && npx --yes --package "$${PACKAGE_VARIABLE}" pkg-actions-post`] }
      : {}),
    artifacts: artifacts(action),
  };
}

function variables(action: ActionSpec): Record<string, unknown> {
  const raw = (input: string) => ({ value: use(input), expand: false });
  const entries: [string, unknown][] = [
    [PACKAGE_VARIABLE, raw('pkg-actions')],
    ['PKG_ACTIONS_OUTPUT_PREFIX', raw('output-prefix')],
    ...(publishes(action) ? [['GIT_STRATEGY', raw('git-strategy')] satisfies [string, unknown]] : []),
  ];
  for (const [name, spec] of Object.entries(action.inputs)) {
    const names = spec.type === 'secret' ? [`${name}-variable`, `${name}-file`] : [name];
    for (const each of names) entries.push([inputVariable(each), raw(each)]);
  }
  return Object.fromEntries(entries);
}

function artifacts(action: ActionSpec): Record<string, unknown> {
  const { results } = action;
  const inFolder = (file: string) => `${use(results?.folder ?? '')}/${file}`;
  return {
    when: 'always',
    expire_in: use('expire-in'),
    paths: ['pkg-actions-summary.md', ...(results === undefined ? [] : [use(results.folder)])],
    reports: {
      dotenv: 'pkg-actions.env',
      ...(results?.junit === undefined ? {} : { junit: inFolder(results.junit) }),
      ...(results?.codequality === undefined ? {} : { codequality: inFolder(results.codequality) }),
    },
  };
}
