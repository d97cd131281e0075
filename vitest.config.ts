import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 60_000, sequence: { groupOrder: 0 } },
      },
      {
        // Real tools: each file may keep a processor and the disk busy for minutes.
        test: {
          name: 'tools',
          include: ['test/tools/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          maxWorkers: 2,
          // A machine under load starves real tools now and then. What needed a second go is listed at the end of a run.
          retry: process.env['CI'] ? 2 : 0,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Else a warning for each file of GitHub's checkers, whose source maps lead nowhere.
        logLevel: 'error',
        test: {
          name: 'runners',
          include: ['test/runners/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 1,
          retry: process.env['CI'] ? 2 : 0,
          sequence: { groupOrder: 2 },
          // GitHub's checkers import JSON in a way that Node itself refuses.
          server: { deps: { inline: [/@actions\/(?:languageservice|workflow-parser|expressions)/] } },
        },
      },
    ],
  },
});
