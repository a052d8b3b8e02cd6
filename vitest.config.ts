import { defineConfig } from 'vitest/config';

/** Unit and cross-module tests. Scenario files run under the bench's own configuration (src/cli/run.ts). */
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'tools/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 20_000,
  },
});
