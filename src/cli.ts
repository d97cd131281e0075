#!/usr/bin/env node
// Nothing is imported up here: an older Node could not even read the rest.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(`error: this Node is too old (found ${process.versions.node}, expected 24 or newer)\n`);
  process.exitCode = 1;
} else {
  const { main } = await import('./cli/main.ts');
  await main(process.argv.slice(2));
}

export {};
