/** dnf.conf as a mock configuration holds it: which repositories packages come from, and whether they are verified. */

export interface ConfiguredRepository {
  readonly id: string;
  readonly isEnabled: boolean;
  /** Whether the signatures of its packages are checked. */
  readonly gpgcheck: boolean;
  readonly baseurls: readonly string[];
  readonly mirrorlist: string | undefined;
  readonly metalink: string | undefined;
  readonly gpgkeys: readonly string[];
}

type Section = ReadonlyMap<string, string>;

/**
 * Reads the sections of dnf.conf(5): `key=value` lines, continued by lines that begin with a blank; `#` and `;` begin
 * comments. A section that is there twice is one, the later value of an option wins, as in libdnf.
 */
function readSections(text: string): Map<string, Section> {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  let key: string | undefined;
  for (const line of text.split('\n')) {
    if (/^[#;]/.test(line) || line.trim() === '') continue;
    const name = /^\[([^\]]*)\]/.exec(line)?.[1];
    const [, option, value = ''] = /^([^\s=:][^=:]*?)\s*[=:]\s*(.*)$/.exec(line) ?? [];
    if (name !== undefined) {
      section = sections.get(name) ?? new Map();
      sections.set(name, section);
      key = undefined;
    } else if (/^\s/.test(line)) {
      if (section && key) section.set(key, `${section.get(key) ?? ''}\n${line.trim()}`);
    } else if (option !== undefined) {
      key = option;
      section?.set(option, value.trim());
    }
  }
  return sections;
}

const isTrue = (value: string): boolean => /^(?:1|yes|true|on)$/i.test(value.trim());
const listOf = (value: string | undefined): string[] => (value ?? '').split(/[\s,]+/).filter((part) => part !== '');

/** The repositories of a dnf.conf, in its order. */
export function configuredRepositories(text: string): ConfiguredRepository[] {
  const sections = readSections(text);
  const main = sections.get('main');
  sections.delete('main');
  return [...sections].map(([id, section]) => ({
    id,
    isEnabled: isTrue(section.get('enabled') ?? '1'),
    // Both pkg_gpgcheck (dnf5) and gpgcheck; off where nobody says, dnf.conf(5).
    gpgcheck: isTrue(section.get('pkg_gpgcheck') ?? section.get('gpgcheck') ?? main?.get('gpgcheck') ?? '0'),
    baseurls: listOf(section.get('baseurl')),
    mirrorlist: section.get('mirrorlist') || undefined,
    metalink: section.get('metalink') || undefined,
    gpgkeys: listOf(section.get('gpgkey')),
  }));
}

/** `text` with the variables of dnf replaced, `$name` and `${name}`; unknown ones stay. */
export function expandVariables(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$(?:\{([A-Za-z0-9_]+)\}|([A-Za-z0-9_]+))/g, (whole, braced?: string, plain?: string) => {
    const name = braced ?? plain ?? '';
    return variables[name] ?? whole;
  });
}
