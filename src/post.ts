#!/usr/bin/env node
/** The end of a job: `post:` of the GitHub actions, `after_script` of the GitLab components (docs/leftovers.md). */
// Nothing is imported up here: an older Node could not even read the rest.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(`error: this Node is too old (found ${process.versions.node}, expected 24 or newer)\n`);
  process.exitCode = 1;
} else {
  const [{ detectHost }, { runProcess }, { runPost }] = await Promise.all([
    import('./host/detect.ts'),
    import('./main.ts'),
    import('./actions/clean-up/post.ts'),
  ]);
  const host = await detectHost();
  await runProcess(host, () => runPost(host));
}

export {};
