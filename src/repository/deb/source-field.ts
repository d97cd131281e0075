/** The field Source of binary packages and records: which source package they are of. */
import type { Paragraph } from '../../deb/control.ts';
import { checkPackageName } from '../../deb/file-name.ts';
import { parseVersion } from '../../deb/version.ts';

/**
 * `Source: name (version)`, deb-control(5); absent where both are the package's own.
 *
 * @param where the file, for errors.
 */
export function readSourceField(control: Paragraph, name: string, version: string, where: string) {
  const value = control.get('Source')?.trim();
  if (value === undefined || value === '') return { source: name, sourceVersion: version };
  const [, source = '', sourceVersion = version] = /^([^\s(]+)(?:\s*\(([^()\s]+)\))?$/.exec(value) ?? [];
  checkPackageName(source, `${where}, field Source`);
  parseVersion(sourceVersion, `${where}, field Source`);
  return { source, sourceVersion };
}
