import { expect, test } from 'vitest';
import { readPackaging } from '../../../src/config/packaging.ts';

const HEAD = "release: { name: acme, version: '1' }\ntargets: [debian-12, debian-13]\n";

async function mirrorsOf(entry: string) {
  const { repositories } = await readPackaging(`${HEAD}repositories:\n  - ${entry}\n`, '/work/packaging.yml');
  return repositories.map(({ mirrors }) => mirrors);
}

test('a repository may say where it is mirrored to, one place for each target', async () => {
  const entry =
    "{ name: acme, mirrors: ['m@www.example.org:/srv/{suite}/', 'mirrors/{target}', 'rsync://h/{release}/{suite}'] }";
  expect(await mirrorsOf(entry)).toEqual(
    [
      ['bookworm', 'debian-12'],
      ['trixie', 'debian-13'],
    ].map(([suite, target]) => [`m@www.example.org:/srv/${suite}`, `/work/mirrors/${target}`, `rsync://h/1/${suite}`]),
  );
  expect(await mirrorsOf('{ name: acme }')).toEqual([undefined, undefined]);
});

test.each([
  ["['h:/a']", /one mirror of several repositories/],
  ["['h:/{suite}', 'h:/{nosuch}/{suite}']", /repositories\[0\]\.mirrors\[1\].*unknown placeholder/],
  ["['-oX=y:/{suite}']", /not a place of a mirror/],
  ["['http://h/{suite}']", /not a place of a mirror/],
  ['[]', /mirrors/],
])('refuses %s', async (list, message) => {
  await expect(mirrorsOf(`{ name: acme, mirrors: ${list} }`)).rejects.toThrow(message);
});
