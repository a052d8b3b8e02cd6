import { join } from 'node:path';
import type { Plugin } from 'vite';

const SUITE = join(import.meta.dirname, 'suite.ts');

/** Turns each of these scenario files (absolute paths) into a test module: one test for each server it is for. */
export function scenarioPlugin(files: readonly string[]): Plugin {
  const scenarios = new Set(files);
  return {
    name: 'pxebench-scenarios',
    enforce: 'pre',
    transform(_, id) {
      const path = id.split('?', 1)[0] ?? id;
      if (!scenarios.has(path)) return undefined;
      const code = `import { defineScenario } from ${JSON.stringify(SUITE)};\nawait defineScenario(${JSON.stringify(path)});\n`;
      return { code, map: null };
    },
  };
}
