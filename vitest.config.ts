import { configDefaults, defineConfig } from 'vitest/config';

/** Tests of values: no process, no file that is written, nothing that one file could leave to the next. */
const OF_VALUES = ['wire', 'pcap', 'story', 'findings', 'checks', 'link', 'profile', 'report'].map(
  (folder) => `src/${folder}/**/*.test.ts`,
);

/** Unit and cross-module tests. Scenario files run under the bench's own configuration (src/cli/run.ts). */
export default defineConfig({
  test: {
    pool: 'forks',
    testTimeout: 20_000,
    // docs/decisions/0015-tests-share-processes.md: a process for each file costs more than most files' tests.
    projects: [
      { extends: true, test: { name: 'values', include: OF_VALUES, isolate: false } },
      {
        extends: true,
        test: {
          name: 'things',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'tools/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...OF_VALUES],
        },
      },
    ],
    maxWorkers: '100%',
  },
});
