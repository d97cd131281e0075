/** What the step's summary says, in Markdown. Tags and subjects are hostile: they stay inside code. */
import { formatBytes, formatCount } from '../../format.ts';
import { code, codeCell, fenced } from '../../markdown.ts';
import { plain } from '../../source/changelog-entry.ts';
import type { PreparedSource } from '../../source/prepared.ts';

export function summarise(prepared: PreparedSource): string {
  const { name, version, commits, subjects, changedFiles, next, manifest } = prepared;
  const [code, spec] = manifest.origins;
  const lines = [
    `### ${name} ${inCode(version)}`,
    '',
    `Upstream version from ${inCode(prepared.upstreamSource)}; ${formatCount(commits, 'commit')} since, merges not counted. Source format ${prepared.format}.`,
  ];
  if (code !== undefined) {
    lines.push(
      `Made from ${inCode(code.commit.slice(0, 12))} of ${inCode(code.project)}${spec === undefined ? '' : `, packaging from ${inCode(spec.commit.slice(0, 12))} of ${inCode(spec.project)}`}.`,
    );
  }
  if (prepared.tarball !== undefined) {
    const patch = changedFiles === 0 ? '' : `; ${formatCount(changedFiles, 'file')} of the commit differ from it`;
    lines.push(`${prepared.tarball.name}: ${inCode(prepared.tarball.origin)}${patch}.`);
  }
  if (next !== undefined)
    lines.push(`Under review: stays below ${inCode(next)}, the lowest version of the next merge.`);
  lines.push('', '| File | Size |', '|---|---:|');
  for (const file of manifest.files) lines.push(`| ${codeCell(plain(file.name))} | ${formatBytes(file.size)} |`);
  if (subjects.length > 0) {
    const listed = subjects.map((each) => `${each.id.slice(0, 8)} ${plain(each.subject)} (${plain(each.author)})`);
    const more = commits > subjects.length ? [`and ${formatCount(commits - subjects.length, 'more commit')}`] : [];
    lines.push('', fenced([...listed, ...more]));
  }
  return `${lines.join('\n')}\n`;
}

/** Inline code, without what shows as something else. */
function inCode(text: string): string {
  return code(plain(text));
}
