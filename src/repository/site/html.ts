/** HTML in which no text can be more than text: what is put into a template is escaped, unless it is HTML itself. */

export class Html {
  readonly text: string;

  /** @param text HTML: never anything that comes from a package, an input or a file. */
  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Html | undefined | readonly Part[];

/** A template: `html\`<p>${text}</p>\``. Attribute values stand in double quotes; `undefined` is nothing. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  // Plain loops: a large list is made of tens of thousands of these.
  let text = strings[0] ?? '';
  for (let index = 0; index < parts.length; index++) text += textOf(parts[index]) + (strings[index + 1] ?? '');
  return new Html(text);
}

function textOf(part: Part): string {
  if (typeof part === 'string') return escapeText(part);
  if (part instanceof Html) return part.text;
  if (part === undefined) return '';
  if (typeof part === 'number') return String(part);
  let text = '';
  for (const each of part) text += textOf(each);
  return text;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const PLAIN = /^[\w .:~+/@^-]*$/;
/** Besides what HTML knows: control characters, and those that nobody sees, such as what turns the direction of text. */
const SPECIAL = /[&<>"'`]|[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Text as HTML, in an element or a quoted attribute. Characters that are not seen become their numbers: `<U+202E>`. */
export function escapeText(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(SPECIAL, (found) => {
    if (found === '\n' || found === '`') return found;
    return ENTITIES[found] ?? `&lt;U+${(found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}&gt;`;
  });
}

/** A relative address: every part of a path escaped. */
export function relativeUrl(path: string): string {
  if (/^\w[\w./~+-]*$/.test(path)) return path;
  return path.split('/').map(encodeURIComponent).join('/');
}

/** Whether an address may become a link: nothing that a browser would run. */
export function isWebAddress(text: string): boolean {
  return /^https?:\/\/[^\s\p{Cc}\p{Cf}]+$/u.test(text) && URL.canParse(text);
}

/** HTML with commas between. */
export function join(parts: readonly Html[]): Html {
  return html`${parts.map((each, index) => (index === 0 ? each : html`, ${each}`))}`;
}
