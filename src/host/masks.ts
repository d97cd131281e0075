/** What must not show in a log, and the forms in which tools print it. */

/** Shorter values would blank out half of the log, and give themselves away by that. */
const MIN_LENGTH = 4;

/**
 * The texts to hide for a secret: itself, each of its lines, and its base64, URL and JSON forms. The frame of an armored
 * key (RFC 9580, section 6.2) is no secret.
 */
export function maskForms(value: string): string[] {
  const lines = value
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^-----(BEGIN|END) [A-Z0-9 ]+-----$/.test(line));
  const forms = new Set<string>([...lines, value.trim(), ...base64Forms(value), ...base64Forms(value.trim())]);
  for (const line of lines) {
    for (const form of base64Forms(line)) forms.add(form);
    forms.add(encodeURIComponent(line));
    forms.add(JSON.stringify(line).slice(1, -1));
  }
  // The longest first: a shorter form inside a longer one would leave the rest of it.
  return [...forms].filter((form) => form.length >= MIN_LENGTH).sort((a, b) => b.length - a.length);
}

/**
 * Base64 of `value` alone and inside of something longer: at each of three offsets, without the characters that its
 * neighbours take part in. `user:password` of basic authentication is the usual case.
 */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value);
  if (bytes.length < MIN_LENGTH) return [];
  if (bytes.length < 6) return [bytes.toString('base64')];
  const inner = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const end = (offset + bytes.length) % 3 === 0 ? text.length : text.length - 1;
    return text.slice(offset === 0 ? 0 : offset + 1, end);
  });
  return [bytes.toString('base64'), ...inner];
}

/** Replaces every known secret in a text by `***`. */
export class Masker {
  readonly #forms = new Set<string>();
  #pattern: RegExp | undefined;

  /** @returns the forms that were not known yet. */
  add(value: string): string[] {
    const added = maskForms(value).filter((form) => !this.#forms.has(form));
    if (added.length > 0) {
      for (const form of added) this.#forms.add(form);
      const all = [...this.#forms].sort((a, b) => b.length - a.length);
      this.#pattern = new RegExp(all.map((form) => form.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|'), 'g');
    }
    return added;
  }

  apply(text: string): string {
    return this.#pattern === undefined ? text : text.replace(this.#pattern, '***');
  }
}
