/** Every generated file, in memory. `npm run generate` writes them, a test compares them. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { packagingJsonSchema, packagingReference } from '../../src/config/json-schema.ts';
import { doctorJsonSchema } from '../../src/doctor/report.ts';
import type { ActionSpec } from '../../src/inputs.ts';
import { actionYml } from './action-yml.ts';
import { componentYml } from './component.ts';
import { actionsTable, betweenMarkers, readmeSections, readmeSkeleton } from './readme.ts';

export interface GeneratedFile {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly content: string;
}

/**
 * @param root of the repository, for the files of which only parts are generated.
 * @param version of pkg-actions.
 */
export function generatedFiles(root: string, actions: readonly ActionSpec[], version: string): GeneratedFile[] {
  const major = majorTag(version);
  const files: GeneratedFile[] = [];
  for (const action of actions) {
    if (action.cliOnly) continue;
    files.push(
      { path: `actions/${action.name}/action.yml`, content: actionYml(action) },
      { path: `templates/${action.name}.yml`, content: componentYml(action, version) },
    );
    const readme = `actions/${action.name}/README.md`;
    let text = existing(root, readme) ?? readmeSkeleton(action);
    for (const [name, content] of Object.entries(readmeSections(action, major))) {
      text = betweenMarkers(text, name, content, readme);
    }
    files.push({ path: readme, content: text });
  }
  const parts: readonly (readonly [string, string, string])[] = [
    ['README.md', 'actions', actionsTable(actions)],
    ['docs/packaging-yml.md', 'packaging', packagingReference()],
  ];
  for (const [file, name, content] of parts) {
    files.push({ path: file, content: betweenMarkers(existing(root, file) ?? '', name, content, file) });
  }
  const schemas = { packaging: packagingJsonSchema(), doctor: doctorJsonSchema() };
  for (const [name, schema] of Object.entries(schemas)) {
    files.push({ path: `schema/${name}.schema.json`, content: `${JSON.stringify(schema, null, 2)}\n` });
  }
  return files;
}

/** `v1` of `1.2.3`: what users write behind `@`. Before there is one, that which there will be. */
export function majorTag(version: string): string {
  return `v${Math.max(1, Number(version.split('.')[0]))}`;
}

function existing(root: string, file: string): string | undefined {
  const absolute = path.join(root, file);
  return existsSync(absolute) ? readFileSync(absolute, 'utf8') : undefined;
}
