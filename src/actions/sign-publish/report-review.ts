/** What is said of a review repository: what it is layered over, and what became of the one before. */

import { formatCount } from '../../format.ts';
import { codeCell } from '../../markdown.ts';
import type { Snapshot } from '../../repository/snapshot.ts';
import { layersOf, type ReportContext } from './instructions.ts';

/** What was published to, in a sentence. */
export function placeName({ channel, review }: ReportContext): string {
  return review === undefined ? channel : `the review ${review.name}`;
}

/** One line each, for the log. */
export function reviewLines({ review }: ReportContext): string[] {
  if (review === undefined) return [];
  const { name, release, begun, carried } = review;
  const lines: string[] = [];
  if (release !== undefined) lines.push(`${name} is layered over ${release.channel} (${release.snapshot.id})`);
  if (begun === 'new') lines.push(`the review repository ${name} was made`);
  if (begun === 'anew') {
    lines.push(`${name} was begun anew: it had files of the same names with other content, and a pool never changes`);
    for (const each of carried) lines.push(`${each.name} ${each.version} (${each.architecture}): taken along`);
  }
  return lines;
}

/** Section of the summary, in Markdown. */
export function reviewSection(snapshot: Snapshot, context: ReportContext): string[] {
  const { review } = context;
  if (review === undefined) return [];
  const layers = layersOf(snapshot, context);
  const { begun, carried } = review;
  return [
    `### Review \`${review.name}\``,
    '',
    '| layer | state | packages |',
    '|---|---|---|',
    ...layers.map((each, index) => {
      const name = index < layers.length - 1 ? `release, channel \`${review.release?.channel}\`` : 'review';
      return `| ${name} | ${codeCell(`${each.url}/${each.channel}`)} | ${each.snapshot.packages.length} |`;
    }),
    '',
    ...(begun === 'anew'
      ? [
          `It was begun anew, as it had files of the same names with other content: the states before are gone.${taken(carried.length)}`,
          '',
        ]
      : []),
  ];
}

function taken(count: number): string {
  return count === 0 ? '' : ` ${formatCount(count, 'package was', 'packages were')} taken along.`;
}

/** The review in the JSON report. */
export function jsonReview(snapshot: Snapshot, { review }: ReportContext): object {
  if (review === undefined) return {};
  const { name, begun, carried } = review;
  return { review: { name, begun: begun ?? null, carried, layeredOver: snapshot.layeredOver ?? null } };
}
