/** The form of a target, in the files of `targets/`, in packaging.yml and in files of a person's own. */
import { z } from 'zod';
import {
  absolutePath,
  architecture,
  componentName,
  filledList,
  form,
  list,
  mapping,
  packageName,
  plainName,
  repositoryUri,
  suiteName,
} from './fields.ts';

const sourceSchema = mapping({
  mirror: repositoryUri()
    .describe(
      "Address of the archive. Without it the host's own apt configuration is asked, then mmdebstrap's default.",
    )
    .exactOptional(),
  suites: filledList(suiteName()).describe('Suites to take, such as bookworm and bookworm-updates.'),
  components: filledList(componentName()).describe("Components to take. Without it: the target's.").exactOptional(),
  keyring: absolutePath().describe("Keyring of this source. Without it: the target's.").exactOptional(),
});

const mockSchema = mapping({
  config: form(
    /^(?!.*\.\.)[A-Za-z0-9](?:[A-Za-z0-9.+_/-]|\{architecture\})*$/,
    'name of a mock configuration, such as rocky-9-{architecture}',
    128,
  )
    .describe('Name of a mock configuration below /etc/mock; `{architecture}` stands for the architecture built for.')
    .exactOptional(),
  text: z
    .string()
    .min(1, 'the text of a mock configuration')
    .max(65_536, '65536 characters or fewer')
    .describe('A whole mock configuration, instead of a name. It is a program that mock runs: review it as one.')
    .exactOptional(),
});

/** A target as it is written. What is required unless it extends another is checked where targets are resolved. */
export const targetInputSchema = mapping({
  name: plainName().describe('Name of the target. The name of a built-in one replaces it.'),
  extends: plainName()
    .describe('Name or alias of the target whose fields hold where this one has none of its own.')
    .exactOptional(),
  aliases: list(plainName()).describe('Further names, such as the codename.').exactOptional(),
  format: z.enum(['deb', 'rpm']).describe('Package format.').exactOptional(),
  distribution: plainName().describe('Distribution: debian, ubuntu, el, centos.').exactOptional(),
  release: plainName().describe('Release of the distribution, in quotes.').exactOptional(),
  suite: plainName()
    .describe(
      'Codename: what mmdebstrap is told, changelog entries are for, and the published suite is named by default.',
    )
    .exactOptional(),
  architectures: filledList(architecture()).describe('Architectures that the distribution has.').exactOptional(),
  components: filledList(componentName()).describe('deb: components of the archive. Without it: main.').exactOptional(),
  sources: filledList(sourceSchema).describe('deb: apt sources of the buildroot.').exactOptional(),
  mirror: repositoryUri()
    .describe(
      'deb: address for all sources that name none. Sources that are only `-security` suites need `security-mirror`, and are left out without it.',
    )
    .exactOptional(),
  'security-mirror': repositoryUri()
    .describe('deb: address for sources that name none and are only `-security` suites.')
    .exactOptional(),
  'extra-sources': list(sourceSchema)
    .describe('deb: apt sources beside `sources`, added to those of the extended target.')
    .exactOptional(),
  keyring: absolutePath().describe("deb: keyring that the archive's signatures are checked by.").exactOptional(),
  include: list(packageName()).describe('Packages always in the buildroot, beside build-essential.').exactOptional(),
  'version-tag': form(/^[A-Za-z0-9][A-Za-z0-9.]*$/, 'letters, digits and dots', 32)
    .describe('What `{tag}` stands for in version suffixes: deb12, ubuntu24.04.')
    .exactOptional(),
  mock: mockSchema.describe('rpm: the mock configuration, by name or as text.').exactOptional(),
});

/** A target as it is written, properties in camelCase. */
export type TargetInput = z.output<typeof targetInputSchema>;
export type TargetSourceInput = z.output<typeof sourceSchema>;
export type TargetMock = { readonly config: string } | { readonly text: string };
