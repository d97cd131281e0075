/** What the documentation shows works: its files, its components, its commands. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { COMPONENT_INPUTS } from '../../scripts/generate/component.ts';
import { ACTIONS } from '../../src/actions/index.ts';
import { OWN_FLAGS, optionsOf } from '../../src/cli/flags.ts';

const files = [
  ...readdirSync('.').filter((name) => name.endsWith('.md')),
  ...['docs', 'actions', 'examples']
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`))
    .filter((name) => name.endsWith('.md')),
];
const text = (file: string) => readFileSync(file, 'utf8');
const specOf = (name: string) => ACTIONS.find(({ spec }) => spec.name === name)?.spec;

describe.each(files)('%s', (file) => {
  test('its links lead to files, its anchors to headings', () => {
    const broken: string[] = [];
    for (const [, link = ''] of text(file).matchAll(/\]\((?![a-z]+:)([^)\s]+)\)/g)) {
      const [target = '', anchor] = link.split('#');
      const to = target === '' ? file : path.join(path.dirname(file), target);
      if (!existsSync(to)) broken.push(link);
      else if (anchor !== undefined && !anchorsOf(text(to)).includes(anchor)) broken.push(link);
    }
    expect(broken).toEqual([]);
  });

  test('its components exist and take the inputs that are given', () => {
    for (const [, code = ''] of text(file).matchAll(/^```ya?ml\n([\s\S]*?)^```/gm)) {
      if (!/component:/.test(code)) continue;
      const { include = [] } = parse(code) as { include?: { component?: string; inputs?: object }[] };
      for (const { component = '', inputs = {} } of include) {
        const [, name = ''] = /\/pkg-actions\/([a-z-]+)@v\d/.exec(component) ?? [];
        const spec = specOf(name);
        expect(spec, `${component} in ${file}`).toBeDefined();
        const known = Object.entries(spec?.inputs ?? {}).flatMap(([input, { type }]) =>
          type === 'secret' ? [`${input}-file`, `${input}-variable`] : [input],
        );
        const unknown = Object.keys(inputs).filter((input) => ![...known, ...COMPONENT_INPUTS].includes(input));
        expect(unknown, `${component} in ${file}`).toEqual([]);
      }
    }
  });

  test('the outputs that its workflows hand on exist', () => {
    for (const [, code = ''] of text(file).matchAll(/^```ya?ml\n([\s\S]*?)^```/gm)) {
      for (const [, id = '', output = ''] of code.matchAll(/steps\.([a-z-]+)\.outputs\.([a-z-]+)/g)) {
        const [, name = ''] = new RegExp(`id: ${id}\\n\\s+uses: org/pkg-actions/([a-z-]+)@`).exec(code) ?? [];
        expect(Object.keys(specOf(name)?.outputs ?? {}), `step ${id} in ${file}`).toContain(output);
      }
      // What one job takes of another, that one gives.
      for (const [, job = '', output = ''] of code.matchAll(/needs\.([a-z-]+)\.outputs\.([a-z-]+)/g)) {
        const { jobs } = parse(code) as { jobs: Record<string, { outputs?: object } | undefined> };
        expect(Object.keys(jobs[job]?.outputs ?? {}), `job ${job} in ${file}`).toContain(output);
      }
    }
  });

  test('third-party actions are pinned by commit, with their version', () => {
    const uses = [...text(file).matchAll(/uses: (?!org\/pkg-actions\/|\.)(\S+@.*)$/gm)].map(([, action]) => action);
    expect(uses.filter((action) => !/@[0-9a-f]{40} # v\d/.test(action ?? ''))).toEqual([]);
  });

  test('its commands exist and take the flags that are given', () => {
    for (const [, name = '', rest = ''] of commands(text(file)).matchAll(
      /^\s*(?:\$ |npx )?pkg-actions ([a-z-]+)(.*)$/gm,
    )) {
      if (name === 'help') continue;
      const spec = specOf(name);
      expect(spec, `pkg-actions ${name} in ${file}`).toBeDefined();
      if (spec === undefined) continue;
      const known = [...optionsOf(spec).map((option) => option.long), ...OWN_FLAGS.map((flag) => `--${flag}`)];
      const unknown = [...rest.matchAll(/(?<=\s)--[a-z-]+/g)]
        .map(([flag]) => flag)
        .filter((flag) => !known.includes(flag));
      expect(unknown, `pkg-actions ${name} in ${file}`).toEqual([]);
    }
  });
});

/** Code of a Markdown file that shows commands, with lines that are continued joined. */
function commands(markdown: string): string {
  const fenced = [...markdown.matchAll(/^```(?:sh|shell|bash|console)\n([\s\S]*?)^```/gm)].map(
    ([, code]) => code ?? '',
  );
  const indented = markdown.replace(/^```[\s\S]*?^```/gm, '').match(/^ {4}.*$/gm) ?? [];
  return [...fenced, ...indented].join('\n').replace(/\\\n\s*/g, ' ');
}

/** Anchors as GitHub makes them of headings. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
}
