import { describe, expect, it } from 'vitest';
import { action as mockAction } from '../../../src/actions/build-mock/inputs.ts';
import { action as sbuildAction } from '../../../src/actions/build-sbuild/inputs.ts';
import { jobsOf } from '../../../src/actions/pipeline/build.ts';
import { action } from '../../../src/actions/pipeline/inputs.ts';
import { sharedFor } from '../../../src/actions/pipeline/shared.ts';
import { action as prepareAction } from '../../../src/actions/prepare-sources/inputs.ts';
import { cacheInputs, engineInputs, hostInputs } from '../../../src/actions/session/inputs.ts';
import { action as updateAction } from '../../../src/actions/update-buildroots/inputs.ts';
import { processorShare } from '../../../src/builder/build-settings.ts';
import { RecordingHost } from '../../../src/host/recording.ts';
import { type InputSpec, readInputs } from '../../../src/inputs.ts';

/** Inputs of build actions that the pipeline sets itself: `max-parallel` from its own, the key from the package's name. */
const SET_HERE = ['max-parallel', 'compiler-cache-key'];

/** All that build actions share; a new input is here without being named. */
const SHARED: Readonly<Record<string, InputSpec>> = {
  ...engineInputs,
  ...cacheInputs,
  ...hostInputs,
  retries: sbuildAction.inputs.retries,
};

const HANDED_ON = Object.keys(SHARED).filter((name) => !SET_HERE.includes(name));

/** Another value than the default, as a person would write it. */
function otherValue(name: string, spec: InputSpec, format: string): string {
  switch (spec.type) {
    case 'boolean':
      return String(!spec.default);
    case 'choice':
      return spec.options.findLast((option) => option !== ('default' in spec ? spec.default : undefined)) ?? '';
    case 'size':
    case 'integer':
      return '7';
    case 'string':
      return name.endsWith('-image') ? `registry.example.org/${format}:1` : 'http://proxy.example.org:3142';
    default:
      throw new Error(`no other value of ${name}`);
  }
}

const HELPERS = { resolvePath: (file: string) => file, readSecret: (_kind: string, value: string) => value };
const asRead = (given: Readonly<Record<string, string | undefined>>) => {
  const filled = Object.entries({ source: 's', target: 'debian-12', ...given });
  return new RecordingHost(Object.fromEntries(filled.map(([name, value]) => [name, value ?? ''])));
};
type Read = (given: Readonly<Record<string, string | undefined>>) => unknown;
const readSbuild: Read = (given) => readInputs(sbuildAction, asRead(given), HELPERS);
const readMock: Read = (given) => readInputs(mockAction, asRead(given), HELPERS);

const formats = [
  ['deb', sbuildAction.inputs, readSbuild],
  ['rpm', mockAction.inputs, readMock],
] as const;
const ownName = (name: string, format: string) => (name.endsWith('-image') ? `${name}-${format}` : name);

const read = (given: Record<string, string>) =>
  readInputs(action, new RecordingHost({ 'signing-key': 'unused', ...given }), HELPERS);

describe('every input that build actions share', () => {
  it.each(formats)('is one of the pipeline, and of the build of %s packages', (format, table) => {
    for (const name of Object.keys(SHARED)) expect(Object.keys(table)).toContain(name);
    for (const name of HANDED_ON) expect(Object.keys(action.inputs)).toContain(ownName(name, format));
  });

  it.each(formats)('is handed on to the build of %s packages as it was given', (format, table, readBuild) => {
    const other = format === 'deb' ? 'rpm' : 'deb';
    const given: Record<string, string> = {};
    for (const name of HANDED_ON) {
      const spec = SHARED[name] as InputSpec;
      given[ownName(name, other)] = otherValue(name, spec, other);
      given[ownName(name, format)] = otherValue(name, spec, format);
    }
    const told = sharedFor(read(given), format, table);
    expect(told).toEqual(
      Object.fromEntries(HANDED_ON.map((name) => [name, otherValue(name, SHARED[name] as InputSpec, format)])),
    );
    // And the build reads the same from it.
    const asGiven = Object.fromEntries(HANDED_ON.map((name) => [name, given[ownName(name, format)]]));
    expect(readBuild(told)).toEqual(readBuild(asGiven));
  });

  it('means the same to a build when it was not given', () => {
    for (const [format, table, readBuild] of formats) {
      const told = sharedFor(read({}), format, table);
      expect(told).not.toHaveProperty('retries');
      expect(told).not.toHaveProperty('tool-image');
      expect(readBuild(told)).toEqual(readBuild({}));
    }
  });

  it('reaches a stage that has it, and no other', () => {
    const told = sharedFor(read({ engine: 'host' }), 'deb', updateAction.inputs);
    for (const name of Object.keys(told)) expect(Object.keys(updateAction.inputs)).toContain(name);
    expect(sharedFor(read({ engine: 'host' }), 'deb', { engine: engineInputs.engine })).toEqual({ engine: 'host' });
    expect(sharedFor(read({ engine: 'host' }), 'deb', {})).toEqual({});
  });

  it.each(['deb', 'rpm'] as const)(
    'reaches the sources of %s packages where it says how a session is had',
    (format) => {
      const given = {
        engine: 'podman',
        'tool-image-deb': 'tools:deb',
        'tool-image-rpm': 'tools:rpm',
        'base-image-deb': 'base:deb',
        'base-image-rpm': 'base:rpm',
        proxy: 'http://127.0.0.1:3142',
        retries: '5',
      };
      expect(sharedFor(read(given), format, prepareAction.inputs)).toEqual({
        engine: 'podman',
        'tool-image': `tools:${format}`,
        'base-image': `base:${format}`,
        proxy: 'http://127.0.0.1:3142',
        retries: '5',
      });
    },
  );
});

describe('jobs of one build', () => {
  it('share the processors among the builds that run at once', () => {
    expect(jobsOf(undefined, 1)).toBe(processorShare(1));
    expect(jobsOf(undefined, 2)).toBe(processorShare(2));
  });

  it('are left to the build where a number of builds was named', () => {
    expect(jobsOf(4, 1)).toBeUndefined();
  });
});
