/** `npm run build`: writes `dist/`. With `--check` it only says what differs. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { distFiles } from './build/files.ts';

const root = path.dirname(import.meta.dirname);
const dist = path.join(root, 'dist');
const check = process.argv.includes('--check');
const files = await distFiles(root);
const before = existsSync(dist) ? readdirSync(dist) : [];
const differing = [
  ...[...files].filter(([name, { content }]) => read(path.join(dist, name)) !== content).map(([name]) => name),
  ...before.filter((name) => !files.has(name)),
].sort();

if (check) {
  for (const name of differing) process.stdout.write(`differs: dist/${name}\n`);
  if (differing.length > 0) {
    process.stderr.write('Run npm run build and commit dist/.\n');
    process.exitCode = 1;
  }
} else {
  mkdirSync(dist, { recursive: true });
  for (const name of before) if (!files.has(name)) rmSync(path.join(dist, name), { recursive: true });
  for (const [name, { content, executable }] of files) {
    const file = path.join(dist, name);
    writeFileSync(file, content);
    chmodSync(file, executable ? 0o755 : 0o644);
  }
  const bytes = [...files.values()].reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
  process.stdout.write(`dist/: ${files.size} files, ${Math.round(bytes / 1024)} KiB, ${differing.length} changed\n`);
}

function read(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
