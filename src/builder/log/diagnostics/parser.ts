/** What the parsers of tools' messages have in common. */

/** An error or warning with its place, as a tool printed it. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly file: string;
  readonly line: number;
  readonly column?: number;
  readonly message: string;
  readonly tool: string;
  readonly code?: string;
  /** Line of the log, where it is not the present one. */
  readonly logLine?: number;
  /** The file is relative to the top of the source package, not to the folder that make is in. */
  readonly fromTop?: true;
  /** Repeats what others say better; counts only where nobody else names a place. */
  readonly weak?: true;
}

export interface ParserLine {
  readonly text: string;
  readonly number: number;
  emit(finding: Finding): void;
  /** Whether a file, as printed, lies in the source package. */
  isOwn(file: string): boolean;
}

/** Looks at one line after the other; what it must remember it keeps in its closure. */
export type Parser = (line: ParserLine) => void;

/** `{ column }` where there is one. */
export function columnOf(text: string | undefined): { column?: number } {
  return text === undefined || text === '' ? {} : { column: Number(text) };
}
