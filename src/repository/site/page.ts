/** What all pages have: one file each, that loads nothing and runs nothing but its own search. */
import { createHash } from 'node:crypto';
import { VERSION } from '../../version.ts';
import { Html, html } from './html.ts';
import { SCRIPT, STYLE } from './look.ts';

const digestOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing is loaded, sent or embedded; style and script are those below. The icon is none, so that none is asked for. */
const POLICY = `default-src 'none'; style-src ${digestOf(STYLE)}; script-src ${digestOf(SCRIPT)}; img-src data:; base-uri 'none'; form-action 'none'`;

/** What decides on a page besides the state of the repository. */
export const LOOK = createHash('sha256').update(`${VERSION}\n${STYLE}\n${SCRIPT}`).digest('hex');

/** Tells our pages from others, at the beginning of them. */
export const GENERATOR = '<meta name="generator" content="pkg-actions';

/** The state that a page was made from stands in its head. */
export function stateOf(page: string): string | undefined {
  return /<meta name="state" content="([0-9a-f]{64})">/.exec(page.slice(0, 4096))?.[1];
}

export interface Page {
  readonly title: string;
  /** What it was made from, as a digest. */
  readonly state: string;
  readonly header: Html;
  readonly main: readonly (Html | undefined)[];
  readonly footer: Html;
  /** Whether there is something to be searched. */
  readonly hasSearch: boolean;
}

export function pageOf({ title, state, header, main, footer, hasSearch }: Page): string {
  const script = hasSearch ? html`<script>${new Html(SCRIPT)}</script>\n` : undefined;
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
${new Html(GENERATOR)} ${VERSION}">
<meta name="state" content="${state}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<header>
${header}
</header>
<main>
${main}</main>
<footer>
${footer}
</footer>
${script}</body>
</html>
`.text;
}

/** A time as people read it, in UTC. */
export function timeOf(iso: string): Html {
  return html`<time datetime="${iso}" class="when">${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC</time>`;
}
