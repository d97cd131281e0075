#!/usr/bin/env node
/** The end of a job: `post:` of the GitHub actions, `after_script` of the GitLab components (docs/leftovers.md). */
import { runPost } from './actions/clean-up/post.ts';
import { detectHost } from './host/detect.ts';
import { runProcess } from './main.ts';

const host = await detectHost();
await runProcess(host, () => runPost(host));
