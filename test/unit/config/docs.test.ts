import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseConfiguration } from '../../../src/config/document.ts';
import { loadPackaging, readPackaging } from '../../../src/config/packaging.ts';
import { listTargets, resolveTarget } from '../../../src/config/target.ts';
import { targetInputSchema } from '../../../src/config/target-schema.ts';

const DEFAULTS = { release: "release: { name: acme, version: '2026.1' }\n", targets: 'targets: [debian-12]\n' };

async function examples(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8');
  return [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '');
}

describe('the documentation', () => {
  it.each(['docs/packaging-yml.md', 'docs/targets.md'])('%s has examples that are right', async (file) => {
    const blocks = await examples(file);
    expect(blocks.length).toBeGreaterThan(1);
    for (const block of blocks) {
      const value = (parse(block) ?? {}) as Record<string, unknown>;
      if ('format' in value) {
        const { value: target } = parseConfiguration(block, file, targetInputSchema);
        expect(resolveTarget(target.name, [target]).name).toBe(target.name);
        continue;
      }
      // What an example leaves out.
      const missing = Object.entries(DEFAULTS).filter(([field]) => !(field in value));
      const packaging = await readPackaging(missing.map(([, text]) => text).join('') + block, file);
      expect(packaging.targets.length).toBeGreaterThan(0);
    }
  });

  it('has an example of a whole file', async () => {
    const packaging = await loadPackaging('examples/packaging.yml');
    expect(packaging.packages.map(({ name }) => name)).toEqual(['greeter', 'ledger', 'compiler', 'gauge']);
    expect(packaging.targets.map(({ name, format }) => [name, format])).toEqual([
      ['debian-12', 'deb'],
      ['debian-13', 'deb'],
      ['epel-9', 'rpm'],
    ]);
    expect(packaging.repositories.map(({ path }) => path)).toEqual([
      '/srv/repositories/acme/bookworm',
      '/srv/repositories/acme/trixie',
      '/srv/repositories/acme/epel-9',
    ]);
    expect(packaging.sources.map(({ format, targets }) => [format, targets.map(({ name }) => name)])).toEqual([
      ['deb', ['debian-12', 'debian-13']],
      ['rpm', ['epel-9']],
    ]);
    expect(packaging.packages[0]?.versions.suffixes).toEqual({
      'debian-12': '+deb12',
      'debian-13': '+deb13',
      'epel-9': '',
    });
  });

  it('lists every target with its aliases', async () => {
    const text = await readFile('docs/targets.md', 'utf8');
    for (const { name, aliases } of listTargets()) {
      expect(text).toContain(`| \`${name}\` | ${aliases.map((alias) => `\`${alias}\``).join(', ')} |`);
    }
  });
});
