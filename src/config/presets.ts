/**
 * Project patterns by name. The `fuel-*` ones are those of the storage that Fuel's Perestroika read (its documentation,
 * section Code storage): `{release}` is the Fuel version, `{openstack}` the OpenStack version.
 */
export interface ProjectPatternTexts {
  readonly kind: string;
  readonly project?: string;
  readonly code?: string;
  readonly spec?: string;
  readonly branch: string;
}

export const PRESET_NAMES = ['plain', 'fuel-openstack', 'fuel-linux', 'fuel-master'] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

export const PRESETS: Readonly<Record<PresetName, ProjectPatternTexts>> = {
  /** `debian/` or a spec file inside the code project, wherever that is; any branch. */
  plain: { kind: 'plain', project: '[{group}/]{package}', branch: '{branch}' },
  'fuel-openstack': {
    kind: 'openstack',
    code: '[{customer}/]openstack/{package}',
    spec: '[{customer}/]openstack-build/{package}-build',
    branch: 'openstack-ci/fuel-{release}/{openstack}',
  },
  'fuel-linux': { kind: 'linux', project: '[{customer}/]packages/{distribution}/{package}', branch: '{release}' },
  'fuel-master': {
    kind: 'master',
    project: '[{customer}/]packages/fuel/{distribution}/{package}',
    branch: '{release}',
  },
};
