/** Bundles the actions and the command line into `dist/`. */
import path from 'node:path';
import { type OutputChunk, type Plugin, rolldown } from 'rolldown';
import { chunkGroups, lazyName } from './chunks.ts';

/** @param entries names of files in `dist/` (without `.js`) to sources, relative to `root`. */
export async function bundle(root: string, entries: Readonly<Record<string, string>>): Promise<OutputChunk[]> {
  const build = await rolldown({
    cwd: root,
    input: Object.fromEntries(Object.entries(entries).map(([name, source]) => [name, path.join(root, source)])),
    platform: 'node',
    // A module that cannot be found must not become an import of the release.
    onLog: (level, log, next) => {
      if (level === 'warn') throw new Error(`rolldown: ${log.message}`);
      next(level, log);
    },
    resolve: { symlinks: false },
    plugins: [lazyOidc(), withoutUnzip()],
    tsconfig: false,
  });
  const { output } = await build.generate({
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: ({ name, isDynamicEntry, facadeModuleId }) =>
      isDynamicEntry && facadeModuleId ? `${lazyName(path.relative(root, facadeModuleId))}.js` : `${name}.js`,
    minify: false,
    minifyInternalExports: false,
    comments: { legal: true, annotation: false, jsdoc: false },
    codeSplitting: { groups: chunkGroups(root) },
  });
  await build.close();
  return output.filter((file): file is OutputChunk => file.type === 'chunk');
}

/**
 * `@actions/core` imports its OIDC client, and with it an HTTP stack of half a megabyte, at every start. Here it is
 * loaded when a token is asked for.
 */
function lazyOidc(): Plugin {
  const LAZY = '\0lazy-oidc';
  let real = '';
  return {
    name: 'lazy-oidc',
    async resolveId(source, importer) {
      if (source === './oidc-utils.js' && importer?.endsWith('/@actions/core/lib/core.js')) {
        real = (await this.resolve(source, importer, { skipSelf: true }))?.id ?? '';
        return LAZY;
      }
      return null;
    },
    load(id) {
      if (id !== LAZY) return null;
      return `export class OidcClient {
  static async getIDToken(audience) {
    const { OidcClient } = await import(${JSON.stringify(real)});
    return await OidcClient.getIDToken(audience);
  }
}`;
    },
  };
}

/**
 * The artifact client brings an unzipper for downloads. We only upload, and one of the packages behind the unzipper
 * has no licence at all.
 */
function withoutUnzip(): Plugin {
  const NONE = '\0no-unzip';
  return {
    name: 'without-unzip',
    resolveId: (source) => (source === 'unzip-stream' ? NONE : null),
    load: (id) =>
      id === NONE
        ? 'const none = () => { throw new Error("artifacts are not downloaded here"); };\nexport default { Extract: none, Parse: none };'
        : null,
  };
}
