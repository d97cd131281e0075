/** Why a generation could not be made, in one line, with what to do. */
import { CommandError, UserError } from '../errors.ts';
import { type Buildroot, isRpmBuildroot } from './configuration.ts';
import { failureLine } from './mmdebstrap.ts';
import { mockFailureLine } from './mock/tree.ts';

/** The failures of apt, mmdebstrap, dnf and mock, as the one line that says why. */
export function explainFailure(error: unknown, configuration: Buildroot): unknown {
  if (!(error instanceof CommandError) || error.failure.end !== 'exit') return error;
  const isRpm = isRpmBuildroot(configuration);
  const line = isRpm ? mockFailureLine(error) : failureLine(error);
  if (line === undefined) return error;
  const { target, architecture } = configuration;
  const remedy = isRpm ? rpmRemedy(line) : debRemedy(line, target.name);
  return new UserError(
    {
      what: `the buildroot of ${target.name} for ${architecture} cannot be made`,
      found: line,
      ...(remedy ? { remedy } : {}),
    },
    { cause: error },
  );
}

function debRemedy(line: string, target: string): string | undefined {
  if (/NO_PUBKEY|signed|signature/.test(line)) {
    return `install the archive's keyring, or name it: keyring in the target ${target}`;
  }
  return /404|does not have a Release file/.test(line) ? 'check the mirror and the suite' : undefined;
}

function rpmRemedy(line: string): string | undefined {
  if (/signed|GPG|signature|Public key/i.test(line)) {
    return 'only packages signed by a key that the repository names are installed: check its gpgkey, or key';
  }
  if (/Status code: 404|No URLs/.test(line)) return 'check the address of the repository';
  if (/Status code: 40[13]/.test(line)) return 'the repository does not let this host in: check its address';
  if (/Curl error|Status code: \d|Failed to download metadata|Cannot download/.test(line)) {
    return 'check the address of the repository and that this host reaches it; it may pass when it is run again';
  }
  return /No match for argument|Unable to find a match|nothing provides/.test(line)
    ? 'check the name, and that a repository of the target has the package'
    : undefined;
}
