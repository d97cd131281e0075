/** The licences of the packages that are bundled: `dist/LICENSES.txt`. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** SPDX identifiers that ask for no more than their text. */
const PERMISSIVE = new Set([
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'Unlicense',
]);

/** Copyleft that is met otherwise. */
const ACCEPTED: Readonly<Record<string, { readonly licence: string; readonly note: string }>> = {
  openpgp: {
    licence: 'LGPL-3.0+',
    note: 'Kept whole and unmodified in a file of its own, openpgp.js, which may be replaced by another version.',
  },
};

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

const ISC = `Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby
granted, provided that the above copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL
IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF
THIS SOFTWARE.`;

/** Notices of packages that are published without their file, as their repository has it. */
const NOTICES: Readonly<Record<string, string>> = {
  saxes: `Copyright (c) Contributors

${ISC}

The same licence governed sax, from which saxes was forked: Copyright (c) Isaac Z. Schlueter and Contributors.

\`String.fromCodePoint\` in it: Copyright Mathias Bynens <https://mathiasbynens.be/>

${MIT}`,
};

interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly texts: readonly string[];
}

/** @param modules paths of the bundled modules, relative to `root`. */
export function licencesText(root: string, modules: Iterable<string>): string {
  const folders = new Set<string>();
  for (const module of modules) {
    const folder = packageFolder(module);
    if (folder !== undefined) folders.add(folder);
  }
  const packages = [...folders].map((folder) => readPackage(path.join(root, folder)));
  packages.sort((a, b) => compare(a.name, b.name) || compare(a.version, b.version));
  const sections = packages.map((each) => {
    const note = ACCEPTED[each.name]?.note;
    return [`${each.name} ${each.version} (${each.licence})`, ...(note ? [note] : []), ...each.texts].join('\n\n');
  });
  const rule = `\n\n${'-'.repeat(80)}\n\n`;
  return `The files in this folder contain these packages, each under its own licence.${rule}${sections.join(rule)}\n`;
}

/** Folder of the package that a module belongs to: the innermost one in `node_modules`. */
export function packageFolder(module: string): string | undefined {
  return /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(module)?.[1];
}

function readPackage(folder: string): BundledPackage {
  const json = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly version: string;
    readonly license?: string | { readonly type: string };
    readonly author?: string | { readonly name: string };
  };
  const { name, version } = json;
  const licence = (typeof json.license === 'string' ? json.license : json.license?.type) ?? 'none';
  if (!isPermissive(licence) && ACCEPTED[name]?.licence !== licence) {
    throw new Error(`${name} ${version}: the licence ${licence} must not be bundled`);
  }
  const texts = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|copying|notice)([.-]|$)/i.test(file))
    .sort()
    .map((file) => readFileSync(path.join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim());
  if (texts.length === 0) texts.push(fallbackText(folder, name, version, licence, authorOf(json)));
  return { name, version, licence, texts };
}

/** The text of a package that has no file for it: from its README, else MIT's with the author that it names. */
function fallbackText(folder: string, name: string, version: string, licence: string, author: string): string {
  if (NOTICES[name] !== undefined) return NOTICES[name];
  const readme = readdirSync(folder).find((file) => /^readme/i.test(file));
  const text = readme === undefined ? '' : readFileSync(path.join(folder, readme), 'utf8').replaceAll('\r\n', '\n');
  const [, section] = /^#+ *licen[cs]e.*\n([\s\S]*)/im.exec(text) ?? [];
  if (section?.includes('Permission is hereby granted')) return section.trim();
  if (licence !== 'MIT' || author === '') throw new Error(`${name} ${version}: no text of its licence ${licence}`);
  return `Copyright (c) ${author}\n\n${MIT}`;
}

function authorOf(json: { readonly author?: string | { readonly name: string } }): string {
  return (typeof json.author === 'string' ? json.author : json.author?.name) ?? '';
}

/** Of `(MIT AND Zlib)` every part, of `(MIT OR GPL-3.0)` one. */
function isPermissive(expression: string): boolean {
  return expression
    .replace(/[()]/g, '')
    .split(/\s+AND\s+/i)
    .every((part) => part.split(/\s+OR\s+/i).some((id) => PERMISSIVE.has(id)));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
