#!/usr/bin/env node
// src/cli.ts
if (Number(process.versions.node.split(".")[0]) < 24) {
	process.stderr.write(`error: this Node is too old (found ${process.versions.node}, expected 24 or newer)\n`);
	process.exitCode = 1;
} else {
	const { main } = await import("./lazy-command-line.js");
	await main(process.argv.slice(2));
}

export {  };
