/** Which platform we run on. */
import type { BaseHost, HostOptions } from './base.ts';

/** The host of this process. Only the module of the platform that is there is loaded. */
export async function detectHost(options: HostOptions = {}): Promise<BaseHost> {
  const env = options.env ?? process.env;
  if (env['GITHUB_ACTIONS'] === 'true') return new (await import('./github.ts')).GitHubHost(options);
  if (env['GITLAB_CI'] === 'true') return new (await import('./gitlab.ts')).GitLabHost(options);
  return new (await import('./local.ts')).LocalHost(options);
}
