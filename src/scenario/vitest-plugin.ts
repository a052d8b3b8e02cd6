import { join, relative } from 'node:path';
import type { Plugin } from 'vite';

const SUITE = join(import.meta.dirname, 'suite.ts');

/** Turns each scenario file below a folder into a test module: one test for each server it is for. */
export function scenarioPlugin(scenariosFolder: string): Plugin {
  return {
    name: 'pxebench-scenarios',
    enforce: 'pre',
    transform(_, id) {
      const path = id.split('?', 1)[0] ?? id;
      if (!path.endsWith('.yaml') || relative(scenariosFolder, path).startsWith('..')) return undefined;
      const code = `import { defineScenario } from ${JSON.stringify(SUITE)};\nawait defineScenario(${JSON.stringify(path)});\n`;
      return { code, map: null };
    },
  };
}
