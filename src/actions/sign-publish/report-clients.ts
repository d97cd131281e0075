/** What sessions of the target said of a publish: lines, Markdown, JSON. */
import type { CheckedClients, PublishResult } from '../../repository/publish.ts';

/** One line for the log. */
export function clientsLine(checked: CheckedClients): string {
  return `client check: ${textOf(checked)}`;
}

function textOf({ target, architecture, installed, upgraded, downloads, seconds }: CheckedClients): string {
  const count = (number: number, one: string) => `${number} ${one}${number === 1 ? '' : 's'}`;
  return `${target} ${architecture}: ${count(installed, 'package')} can be installed, ${upgraded} upgraded to, ${count(downloads, 'download')}, ${seconds.toFixed(1)} s`;
}

/** Where sessions were asked for, and a snapshot was made. */
export function clientsJson({ clients }: PublishResult): object {
  if (clients === undefined) return {};
  return {
    clients: clients.map(({ seconds, ...rest }) => ({ ...rest, seconds: Math.round(seconds * 1000) / 1000 })),
  };
}

export function clientsSection({ clients }: PublishResult): string[] {
  if (clients === undefined || clients.length === 0) return [];
  return [`Tried in sessions before it was published: ${clients.map(textOf).join('; ')}.`, ''];
}
