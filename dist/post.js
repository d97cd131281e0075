#!/usr/bin/env node
// src/post.ts
if (Number(process.versions.node.split(".")[0]) < 24) {
	process.stderr.write(`error: this Node is too old (found ${process.versions.node}, expected 24 or newer)\n`);
	process.exitCode = 1;
} else {
	const [{ detectHost }, { runProcess }, { runPost }] = await Promise.all([
		import("./lazy-frame-detect.js"),
		import("./lazy-frame-main.js"),
		import("./lazy-action-post.js")
	]);
	const host = await detectHost();
	await runProcess(host, () => runPost(host));
}

export {  };
