/** Inputs shared by everything that opens build sessions. */

/** Where sessions run. */
export const engineInputs = {
  engine: {
    type: 'choice',
    options: ['auto', 'host', 'docker', 'podman'],
    default: 'auto',
    description:
      'Where build sessions run: in namespaces of this host, or in containers of docker or podman. `auto` takes the first of these that works here.',
  },
  'tool-image': {
    type: 'string',
    description:
      'Container engines: an image with the build tools to use as it is. When not given, one is made from the Dockerfile that pkg-actions brings, and kept as long as that does not change.',
    example: 'registry.example.org/tools/sbuild:12',
    pattern: /[A-Za-z0-9][A-Za-z0-9._/:@-]*/,
    expected: 'the name of an image, such as registry.example.org/tools/sbuild:12',
  },
  'base-image': {
    type: 'string',
    description:
      'Container engines: the image that the tool image is made from. When not given, that of the Dockerfile.',
    example: 'debian:12',
    pattern: /[A-Za-z0-9][A-Za-z0-9._/:@-]*/,
    expected: 'the name of an image, such as debian:12',
  },
} as const;

/** What is kept between builds of a host. */
export const cacheInputs = {
  layers: {
    type: 'boolean',
    default: true,
    description:
      'Keep the installed build dependencies of a package as a layer, and start from it when they resolve to the same versions again.',
  },
  'layers-size': {
    type: 'size',
    default: '20G',
    description:
      'Most that the layers of this host take on disk, all packages together; the least recently used go first.',
    example: '50G',
  },
  'download-cache': {
    type: 'boolean',
    default: true,
    description: 'Keep downloaded build dependencies on this host, for all builds of it.',
  },
  'download-cache-size': {
    type: 'size',
    default: '10G',
    description: 'Most that the downloads kept on this host take on disk; the least recently used go first.',
    example: '20G',
  },
  proxy: {
    type: 'string',
    description:
      'Caching proxy that packages are downloaded through (apt-cacher-ng, squid): for buildroots and build dependencies, never for the build itself.',
    example: 'http://proxy.example.org:3142',
    pattern: /https?:\/\/[^\s@'"\\]+/,
    expected: 'an http or https address without a password',
  },
  'compiler-cache': {
    type: 'choice',
    options: ['none', 'ccache', 'sccache'],
    default: 'none',
    description:
      'Compile through ccache or sccache, with a cache on this host that builds of the same package and target share. What a build leaves there, later builds use: off unless all of them are trusted alike.',
  },
  'compiler-cache-size': {
    type: 'size',
    default: '5G',
    description: 'Most that the compiler cache of one package takes on disk.',
    example: '10G',
  },
  'compiler-cache-key': {
    type: 'string',
    description:
      'Builds with the same key, tool, target and architecture share a compiler cache, builds of changes under review apart from those of what is merged. When not given, the name of the source package, which the source package itself says.',
    example: 'hello',
    pattern: /[A-Za-z0-9][A-Za-z0-9.+_-]{0,127}/,
    expected: 'letters, digits and .+_- only',
  },
} as const;

/** How a host is shared. */
export const hostInputs = {
  'max-parallel': {
    type: 'string',
    description:
      'How many builds this host runs at once, over all its jobs: further ones wait, memory is shared by as many. `auto` goes by processors and memory. When not given, as the packaging file says, else `auto`.',
    example: '4',
    pattern: /auto|[1-9][0-9]{0,2}/,
    expected: 'a number of builds, or auto',
  },
} as const;
