/** What GitHub's own checker says of the actions and of the workflows that the documentation shows. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { validate } from '@actions/languageservice';
import { describe, expect, test } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { parse } from 'yaml';

interface ActionYml {
  readonly name: string;
  readonly description: string;
  readonly inputs: Readonly<Record<string, { description: string; required?: boolean; default?: string }>>;
}

let count = 0;

async function complaints(file: string, text: string): Promise<string[]> {
  // What it has read it knows by its address, whatever the text is the next time.
  count += 1;
  const found = await validate(TextDocument.create(`file:///${count}/${file}`, 'yaml', 0, text), {
    actionsMetadataProvider: {
      async fetchActionMetadata({ owner, name, path }) {
        // Of actions that are not ours we know nothing: no table of inputs, no complaint.
        if (owner !== 'org' || name !== 'pkg-actions') return { name, description: '' };
        const file = `actions/${path}/action.yml`;
        return existsSync(file) ? (parse(readFileSync(file, 'utf8')) as ActionYml) : undefined;
      },
    },
  });
  return found.map(({ message, range }) => `${file}:${range.start.line + 1}: ${message}`);
}

/** Fenced blocks of a kind in a Markdown file. */
function blocks(file: string, language: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, code]) => code ?? '');
}

function markdownFiles(): string[] {
  const docs = readdirSync('docs', { recursive: true, encoding: 'utf8' }).map((file) => `docs/${file}`);
  const actions = readdirSync('actions').map((name) => `actions/${name}/README.md`);
  return ['README.md', ...docs, ...actions].filter((file) => file.endsWith('.md'));
}

/** A whole workflow of an example that shows only jobs or only steps. */
function wholeWorkflow(example: string): string | undefined {
  const indent = (text: string, by: number) => text.replace(/^(?=.)/gm, ' '.repeat(by));
  if (/^on:/m.test(example)) return example;
  if (/^jobs:/m.test(example)) return `on: push\n${example}`;
  if (/^- (uses|run|name):/m.test(example)) {
    return `on: push\njobs:\n  example:\n    runs-on: [self-hosted, pkg-builder]\n    steps:\n${indent(example, 6)}`;
  }
  return undefined;
}

describe('action.yml', () => {
  test.each(readdirSync('actions'))('of %s', async (name) => {
    const file = `actions/${name}/action.yml`;
    expect(await complaints(file, readFileSync(file, 'utf8'))).toEqual([]);
  });

  test('a wrong one is found: the checker checks', async () => {
    expect(await complaints('actions/x/action.yml', 'name: x\nruns:\n  using: node24\n')).not.toEqual([]);
  });
});

describe('workflows in the documentation', () => {
  const examples = markdownFiles().flatMap((file) =>
    blocks(file, 'ya?ml').flatMap((code, index) => {
      const workflow = wholeWorkflow(code);
      return workflow === undefined ? [] : [[`${file}, example ${index + 1}`, workflow] as const];
    }),
  );

  test('there are some', () => {
    expect(examples.length).toBeGreaterThan(readdirSync('actions').length);
  });

  test.each(examples)('%s', async (_, workflow) => {
    expect(await complaints('.github/workflows/example.yml', workflow)).toEqual([]);
  });

  test('a wrong input is found: the checker knows our inputs', async () => {
    const step = (inputs: string) =>
      wholeWorkflow(`- uses: org/pkg-actions/check-version@v1\n  with: ${inputs}\n`) ?? '';
    const right = '{ packages: x, repositories: y }';
    expect(await complaints('.github/workflows/x.yml', step(right))).toEqual([]);
    expect(
      await complaints('.github/workflows/x.yml', step('{ packages: x, repositories: y, pakages: z }')),
    ).not.toEqual([]);
    expect(await complaints('.github/workflows/x.yml', step('{ packages: x }'))).not.toEqual([]);
  });
});
