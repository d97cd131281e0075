import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { actionYml } from '../../scripts/generate/action-yml.ts';
import { COMPONENT_INPUTS, componentYml } from '../../scripts/generate/component.ts';
import { generatedFiles, majorTag } from '../../scripts/generate/files.ts';
import { actionsTable, betweenMarkers } from '../../scripts/generate/readme.ts';
import { ACTIONS } from '../../src/actions/index.ts';
import { VERSION } from '../../src/version.ts';
import { action as sample } from './sample-action.ts';

const specs = ACTIONS.map(({ spec }) => spec);

describe('the committed files', () => {
  const files = generatedFiles('.', specs, VERSION);

  test.each(files.map((file) => [file.path, file.content] as const))('%s is what the tables give', (file, content) => {
    expect(existsSync(file) ? readFileSync(file, 'utf8') : 'absent: run npm run generate').toBe(content);
  });

  test('there are none for actions that are gone', () => {
    const known = specs.filter((spec) => !spec.cliOnly).map((spec) => spec.name);
    expect(readdirSync('actions').sort()).toEqual([...known].sort());
    expect(readdirSync('templates').sort()).toEqual(known.map((name) => `${name}.yml`).sort());
  });

  test('every action has a page for people', () => {
    for (const { name } of specs) expect(existsSync(`docs/actions/${name}.md`), `docs/actions/${name}.md`).toBe(true);
  });

  test('what is generated once is generated again from itself', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'pkg-actions-generate-'));
    try {
      for (const { path: file, content } of files) {
        mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
        writeFileSync(path.join(folder, file), content);
      }
      expect(generatedFiles(folder, specs, VERSION)).toEqual(files);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('tables', () => {
  test('results name a path input', () => {
    for (const { name, inputs, results } of specs) {
      if (results !== undefined) expect(inputs[results.folder]?.type, `${name}: ${results.folder}`).toBe('path');
    }
  });

  test('no input has the name of an input that every component has', () => {
    for (const { name, inputs } of specs) {
      const taken = Object.keys(inputs).filter((input) => (COMPONENT_INPUTS as readonly string[]).includes(input));
      expect(taken, name).toEqual([]);
    }
  });

  test('defaults are values that their own input takes', async () => {
    const { parseInput } = await import('../../src/inputs.ts');
    const { defaultText } = await import('../../scripts/generate/action-yml.ts');
    for (const { name, inputs } of specs) {
      for (const [input, spec] of Object.entries(inputs)) {
        const text = defaultText(spec);
        if (text !== '') expect(() => parseInput(input, spec, text), `${name}: ${input}`).not.toThrow();
        if (spec.example !== undefined && spec.type !== 'secret') {
          expect(() => parseInput(input, spec, spec.example ?? ''), `${name}: example of ${input}`).not.toThrow();
        }
      }
    }
  });

  test('descriptions are sentences on one line', () => {
    for (const { name, description, inputs, outputs } of specs) {
      const all = [
        description,
        ...[...Object.values(inputs), ...Object.values(outputs)].map((each) => each.description),
      ];
      for (const text of all) expect(text, name).toMatch(/^(?:(?:deb|rpm): [^\n]|[A-Z`.\d*])[^\n]*[.)`]$/);
    }
  });
});

describe('action.yml', () => {
  const yml = parse(actionYml(sample)) as Record<string, Record<string, Record<string, unknown>>>;

  test('has every input and output', () => {
    expect(Object.keys(yml['inputs'] ?? {})).toEqual(Object.keys(sample.inputs));
    expect(Object.keys(yml['outputs'] ?? {})).toEqual(Object.keys(sample.outputs));
    expect(yml['runs']).toEqual({ using: 'node24', main: '../../dist/sample.js' });
  });

  test('gives defaults as text, which is what the runner hands over', () => {
    expect(yml['inputs']?.['network']).toEqual({
      description: 'Whether there is network.',
      required: false,
      default: 'false',
    });
    expect(yml['inputs']?.['retries']?.['default']).toBe('3');
    expect(yml['inputs']?.['target']).toEqual({ description: 'What it is for.', required: true });
    expect(yml['inputs']?.['key']).toEqual({ description: 'The key.', required: true });
  });
});

describe('the component', () => {
  const [header, body] = parseAllDocuments(componentYml(sample, '1.2.3')).map((document) => document.toJS() as unknown);
  const inputs = (header as { spec: { inputs: Record<string, Record<string, unknown>> } }).spec.inputs;
  const job = Object.values(body as Record<string, Record<string, unknown>>)[0] ?? {};

  test('has a type, options or a pattern for each input', () => {
    expect(inputs['network']).toMatchObject({ type: 'boolean', default: false });
    expect(inputs['retries']).toMatchObject({ type: 'number', default: 3 });
    expect(inputs['jobs']).toMatchObject({ default: '', regex: '^(-?[0-9]+)?$' });
    expect(inputs['mode']).toMatchObject({ options: ['fast', 'safe'], default: 'safe' });
    expect(inputs['suite']).toMatchObject({ regex: '^([a-z]+)?$', default: '' });
    expect(inputs['target']).not.toHaveProperty('default');
  });

  test('every default and every example matches its own pattern', () => {
    for (const spec of specs) {
      const [first] = parseAllDocuments(componentYml(spec, '1.2.3')).map((document) => document.toJS() as unknown);
      const all = (first as { spec: { inputs: Record<string, Record<string, unknown>> } }).spec.inputs;
      for (const [name, { regex, options, default: fallback }] of Object.entries(all)) {
        const texts = [fallback, spec.inputs[name]?.example].filter((text) => typeof text === 'string');
        for (const text of texts) {
          if (typeof regex === 'string') expect(text, `${spec.name}: ${name}`).toMatch(new RegExp(regex));
          if (Array.isArray(options)) expect(options).toContain(text);
        }
      }
    }
  });

  test('stands in a stage behind those whose results it takes', () => {
    const stage = (name: string) => {
      const spec = specs.find((each) => each.name === name);
      if (spec === undefined) throw new Error(name);
      const [first] = parseAllDocuments(componentYml(spec, '1.2.3')).map((document) => document.toJS() as unknown);
      const all = (first as { spec: { inputs: Record<string, { default?: string }> } }).spec.inputs;
      return ['.pre', 'build', 'test', 'deploy', '.post'].indexOf(all['stage']?.default ?? '');
    };
    const chain = ['prepare-sources', 'build-sbuild', 'check-version', 'sign-publish'].map(stage);
    expect(chain).toEqual([0, 1, 2, 3]);
  });

  test('a secret is never an input: its variable or its file is', () => {
    expect(inputs).not.toHaveProperty('key');
    expect(inputs).toMatchObject({ 'key-variable': { default: '' }, 'key-file': { default: '' } });
  });

  test('no value is shell text', () => {
    expect(job['script']).toEqual([
      'cd / && npx --yes --package "$PKG_ACTIONS_NPX_PACKAGE" pkg-actions sample --directory "$CI_PROJECT_DIR"',
    ]);
    const variables = job['variables'] as Record<string, { value: string; expand: boolean }>;
    for (const [name, variable] of Object.entries(variables)) {
      expect(name).toMatch(/^(PKG_ACTIONS_[A-Z_]+|GIT_STRATEGY)$/);
      expect(variable.expand, name).toBe(false);
    }
    for (const name of Object.keys(sample.inputs).filter((each) => each !== 'key' && each !== 'passphrase')) {
      const variable = `PKG_ACTIONS_${name.toUpperCase().replaceAll('-', '_')}`;
      expect(variables[variable]?.value).toBe(`$[[ inputs.${name} ]]`);
    }
    for (const key of ['before_script', 'after_script']) expect(job).not.toHaveProperty(key);
  });

  test('keeps results and reports whatever the end; publishing is one at a time and not cut short', () => {
    expect(job['artifacts']).toEqual({
      when: 'always',
      expire_in: '$[[ inputs.expire-in ]]',
      paths: ['pkg-actions-summary.md', '$[[ inputs.output ]]'],
      reports: {
        dotenv: 'pkg-actions.env',
        junit: '$[[ inputs.output ]]/junit.xml',
        codequality: '$[[ inputs.output ]]/codequality.json',
      },
    });
    expect(job).toMatchObject({
      tags: '$[[ inputs.tags ]]',
      interruptible: false,
      resource_group: '$[[ inputs.resource-group ]]',
      retry: { max: 2, when: ['runner_system_failure'] },
    });
    expect(inputs['tags']).toMatchObject({ type: 'array', default: ['pkg-publisher'] });
    expect(inputs['pkg-actions']?.['default']).toBe('pkg-actions@1.2.3');
  });
});

describe('parts of Markdown files', () => {
  test('only what stands between markers is replaced', () => {
    const text = 'a\n<!-- generated:x -->\nold\n<!-- /generated:x -->\nb\n<!-- generated:y -->\n<!-- /generated:y -->';
    expect(betweenMarkers(text, 'x', 'new\n', 'f')).toBe(
      'a\n<!-- generated:x -->\n\nnew\n\n<!-- /generated:x -->\nb\n<!-- generated:y -->\n<!-- /generated:y -->',
    );
    expect(() => betweenMarkers(text, 'z', '', 'README.md')).toThrow('README.md: no lines <!-- generated:z -->');
  });

  test('a bar in a description does not break a table', () => {
    expect(actionsTable([{ ...sample, description: 'a | b' }])).toContain('a \\| b');
  });

  test('the tag that users write', () => {
    expect(['0.1.0', '1.2.3', '12.0.0-rc.1'].map(majorTag)).toEqual(['v1', 'v1', 'v12']);
  });
});
