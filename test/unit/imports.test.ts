import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseAst } from 'rolldown/parseAst';
import { describe, expect, test } from 'vitest';

/** One import of a module of `src/`. */
interface Import {
  /** Relative to the repository: `src/deb/version.ts`. */
  readonly from: string;
  /** The same for our own modules, the package or builtin for others. */
  readonly to: string;
  readonly kind: 'static' | 'dynamic' | 'type';
}

/** Our folders from the top down: each may import from those below it, and from those beside it. */
const LAYERS: readonly (readonly string[])[] = [
  ['cli', 'actions'],
  [
    ...['buildroot', 'builder', 'config', 'doctor', 'download', 'mirror', 'repository', 'setup', 'signing', 'source'],
    'systemtest',
  ],
  ['deb', 'rpm'],
  ['host'],
  // The modules that lie in src/ itself: errors, process, inputs, manifest and their like.
  ['base'],
];

/** Heavy, so loaded where they are used and not before; and who may. */
const LAZY: Readonly<Record<string, readonly string[]>> = {
  openpgp: ['signing', 'repository'],
  '@actions/artifact': ['host'],
  '@actions/tool-cache': ['download'],
};

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => path.join('src', file));
const imports = files.flatMap((file) => importsOf(file, readFileSync(file, 'utf8')));
const own = imports.filter(({ to }) => to.startsWith('src/'));

function importsOf(file: string, code: string): Import[] {
  const found: Import[] = [];
  const add = (source: string, kind: Import['kind']) => {
    found.push({ from: file, to: source.startsWith('.') ? path.join(path.dirname(file), source) : source, kind });
  };
  visit(parseAst(code, { lang: 'ts' }), (node) => {
    const source = sourceOf(node);
    if (source === undefined) return;
    if (node['type'] === 'ImportExpression') add(source, 'dynamic');
    else if (node['type'] === 'TSImportType') add(source, 'type');
    else add(source, isTypeOnly(node) ? 'type' : 'static');
  });
  return found;
}

type Node = Readonly<Record<string, unknown>>;

function visit(value: unknown, see: (node: Node) => void): void {
  if (Array.isArray(value)) for (const each of value) visit(each, see);
  else if (typeof value === 'object' && value !== null) {
    see(value as Node);
    for (const child of Object.values(value)) visit(child, see);
  }
}

function sourceOf(node: Node): string | undefined {
  if (!/^(Import|Export\w*)(Declaration|Expression)$|^TSImportType$/.test(String(node['type']))) return undefined;
  const value = (node['source'] as Node | null | undefined)?.['value'];
  return typeof value === 'string' ? value : undefined;
}

function isTypeOnly(node: Node): boolean {
  if (node['importKind'] === 'type' || node['exportKind'] === 'type') return true;
  const specifiers = (node['specifiers'] ?? []) as readonly Node[];
  return (
    specifiers.length > 0 && specifiers.every((each) => each['importKind'] === 'type' || each['exportKind'] === 'type')
  );
}

function layerOf(file: string): string {
  if (/^src\/(cli|main|post)\.ts$/.test(file)) return 'cli';
  return /^src\/([^/]+)\//.exec(file)?.[1] ?? 'base';
}

function show(found: readonly Import[]): string[] {
  return found.map(({ from, to, kind }) => `${from} -> ${to} (${kind})`);
}

test('the imports of every file are seen', () => {
  expect(importsOf('src/a/b.ts', "import type { A } from './x.ts'; import { type B } from '../y.ts';")).toEqual([
    { from: 'src/a/b.ts', to: 'src/a/x.ts', kind: 'type' },
    { from: 'src/a/b.ts', to: 'src/y.ts', kind: 'type' },
  ]);
  expect(importsOf('src/a.ts', "import b, { type C } from 'p'; export * from './c.ts'; import './d.ts';")).toEqual([
    { from: 'src/a.ts', to: 'p', kind: 'static' },
    { from: 'src/a.ts', to: 'src/c.ts', kind: 'static' },
    { from: 'src/a.ts', to: 'src/d.ts', kind: 'static' },
  ]);
  expect(importsOf('src/a.ts', "type T = import('q').T; const x = async () => await import('node:fs');")).toEqual([
    { from: 'src/a.ts', to: 'q', kind: 'type' },
    { from: 'src/a.ts', to: 'node:fs', kind: 'dynamic' },
  ]);
  expect(files.length).toBeGreaterThan(50);
  expect(own.filter(({ to }) => !files.includes(to))).toEqual([]);
});

describe('directions', () => {
  test('every folder has its layer', () => {
    const known = LAYERS.flat();
    expect([...new Set(files.map(layerOf))].filter((layer) => !known.includes(layer))).toEqual([]);
  });

  test('nothing imports from a layer above its own', () => {
    const level = (file: string) => LAYERS.findIndex((layer) => layer.includes(layerOf(file)));
    const allowed = [
      // The version is that of the package.json that the assets are found by.
      'src/version.ts -> src/config/assets.ts',
    ];
    const upwards = own.filter(
      ({ from, to, kind }) => kind !== 'type' && level(to) < level(from) && !allowed.includes(`${from} -> ${to}`),
    );
    expect(show(upwards)).toEqual([]);
  });

  test('types do not point at actions or the command line either', () => {
    const upwards = own.filter(
      ({ from, to }) =>
        ['actions', 'cli'].includes(layerOf(to)) &&
        !['actions', 'cli'].includes(layerOf(from)) &&
        // The registry's type of an action's code.
        to !== 'src/main.ts',
    );
    expect(show(upwards)).toEqual([]);
  });

  test('below the actions nobody knows a host but by its type', () => {
    const known = own.filter(
      ({ from, to, kind }) =>
        layerOf(to) === 'host' &&
        !['host', 'cli'].includes(layerOf(from)) &&
        !(kind === 'type' && to === 'src/host/host.ts') &&
        // Text made fit for a log knows no platform.
        to !== 'src/host/text.ts' &&
        // What the library that downloads says is heard there: nobody else touches standard output.
        !(from === 'src/download/download.ts' && to === 'src/host/toolkit.ts'),
    );
    expect(show(known)).toEqual([]);
  });

  test('an action imports of another its table only; the pipeline is made of actions', () => {
    const across = own.filter(({ from, to, kind }) => {
      const [, one] = /^src\/actions\/([^/]+)\//.exec(from) ?? [];
      const [, other] = /^src\/actions\/([^/]+)\//.exec(to) ?? [];
      if (one === undefined || other === undefined || one === other || one === 'pipeline') return false;
      return kind !== 'type' && !to.endsWith('/inputs.ts');
    });
    expect(show(across)).toEqual([]);
  });

  test('tables of inputs are pure data: what they load needs no package and no builtin', () => {
    const loaded = new Set(files.filter((file) => /^src\/actions\/[^/]+\/inputs\.ts$/.test(file)));
    for (const file of loaded) {
      for (const { from, to, kind } of own) if (from === file && kind === 'static') loaded.add(to);
    }
    const needed = imports.filter(
      ({ from, to, kind }) => loaded.has(from) && kind !== 'type' && !to.startsWith('src/'),
    );
    expect(show(needed)).toEqual([]);
  });

  test('entry files hold three imports and a call', () => {
    for (const file of files.filter((each) => /^src\/actions\/[^/]+\/main\.ts$/.test(each))) {
      expect(readFileSync(file, 'utf8'), file).toBe(
        "import { runMain } from '../../main.ts';\nimport { action } from './inputs.ts';\nimport { run } from './run.ts';\n\nawait runMain(action, run);\n",
      );
    }
  });
});

describe('packages', () => {
  test('only hosts import the toolkit of a platform', () => {
    const found = imports.filter(
      ({ from, to }) => /^@actions\/(core|artifact|github)$/.test(to) && layerOf(from) !== 'host',
    );
    expect(show(found)).toEqual([]);
  });

  test.each(Object.entries(LAZY))('%s is loaded lazily, in its folder', (name, folders) => {
    const found = imports.filter(
      ({ from, to, kind }) =>
        to === name && kind !== 'type' && (kind !== 'dynamic' || !folders.includes(layerOf(from))),
    );
    expect(show(found)).toEqual([]);
  });

  test('commands are run in one place', () => {
    const found = imports.filter(
      ({ from, to }) => /^(node:)?(child_process|cluster)$|^@actions\/exec$/.test(to) && from !== 'src/process.ts',
    );
    expect(show(found.filter(({ kind }) => kind !== 'type'))).toEqual([]);
  });

  test('what is imported is a devDependency or a builtin named as such', () => {
    const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      devDependencies: Record<string, string>;
    };
    const others = [...new Set(imports.map(({ to }) => to).filter((to) => !to.startsWith('src/')))];
    expect(others.filter((to) => !to.startsWith('node:') && !(to in devDependencies))).toEqual([]);
  });
});

describe('no circles', () => {
  test('of modules', () => {
    expect(circlesOf(own.filter(({ kind }) => kind === 'static'))).toEqual([]);
  });

  test('of folders of the domain', () => {
    const domain = LAYERS[1] ?? [];
    const folders = own
      .map(({ from, to, kind }) => ({ from: layerOf(from), to: layerOf(to), kind }))
      .filter(({ from, to }) => from !== to && domain.includes(from) && domain.includes(to));
    expect(circlesOf(folders)).toEqual([]);
  });
});

function circlesOf(all: readonly Import[]): string[] {
  const edges = new Map<string, string[]>();
  for (const { from, to } of all) edges.set(from, [...(edges.get(from) ?? []), to]);
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (file: string, way: readonly string[]) => {
    if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(' -> '));
    if (done.has(file) || way.includes(file)) return;
    for (const next of edges.get(file) ?? []) walk(next, [...way, file]);
    done.add(file);
  };
  for (const file of edges.keys()) walk(file, []);
  return circles;
}

test('only hosts and the command line print', () => {
  const printing = files.filter(
    (file) => !['host', 'cli'].includes(layerOf(file)) && /process\.std(out|err)\b/.test(readFileSync(file, 'utf8')),
  );
  expect(printing).toEqual([]);
});
