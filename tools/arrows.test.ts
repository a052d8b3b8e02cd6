import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/** docs/decisions/0002-arrows.md, folder by folder: what each may import besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  os: [],
  config: [],
  wire: [],
  pcap: ['wire'],
  story: ['pcap', 'wire'],
  findings: ['story', 'wire'],
  scrub: ['pcap', 'story', 'wire'],
  checks: ['story', 'wire'],
  server: ['config', 'os', 'wire'],
  link: ['wire'],
  lab: ['config', 'link', 'os', 'pcap', 'server', 'wire'],
  vm: ['config', 'lab', 'link', 'wire'],
  client: ['config', 'lab', 'pcap', 'story', 'wire'],
  sut: ['config', 'lab'],
  report: ['checks', 'findings', 'pcap', 'story', 'wire'],
  profile: ['pcap', 'story', 'wire'],
  scenario: [
    'checks',
    'client',
    'config',
    'lab',
    'link',
    'pcap',
    'profile',
    'report',
    'story',
    'sut',
    'vm',
    'wire',
  ],
  record: [
    'client',
    'config',
    'findings',
    'lab',
    'pcap',
    'profile',
    'report',
    'scenario',
    'story',
    'sut',
    'vm',
    'wire',
  ],
};
/** It stands above all others. */
const TOP = 'cli';
const FOLDERS = [...Object.keys(MAY_IMPORT), TOP].sort();

type Diagnostics = {
  readonly diagnostics: readonly {
    readonly category: string;
    readonly location: { readonly path: string; readonly start: { readonly line: number } };
  }[];
};

/** Lints a tree in which every folder imports every other, and tells by folder which imports got through. */
function importsThatPass(): Readonly<Record<string, readonly string[]>> {
  const tree = mkdtempSync(join(tmpdir(), 'pxebench-arrows-'));
  try {
    const config = JSON.parse(readFileSync('biome.json', 'utf8'));
    // No git there, whose ignore file would be read.
    writeFileSync(join(tree, 'biome.json'), JSON.stringify({ ...config, vcs: {} }));
    for (const folder of FOLDERS) {
      mkdirSync(join(tree, 'src', folder), { recursive: true });
      const lines = FOLDERS.map((other) => `import '../${other}/x.ts';\n`);
      writeFileSync(join(tree, 'src', folder, 'x.ts'), lines.join(''));
    }
    const options = ['--only=style/noRestrictedImports', '--reporter=json', '--max-diagnostics=1000'];
    const { stdout } = spawnSync(resolve('node_modules/.bin/biome'), ['lint', ...options, 'src'], {
      cwd: tree,
      encoding: 'utf8',
    });
    const { diagnostics } = JSON.parse(stdout) as Diagnostics;
    const refused = new Set(
      diagnostics.map(({ location }) => `${location.path.split('/')[1]} ${FOLDERS[location.start.line - 1]}`),
    );
    return Object.fromEntries(
      FOLDERS.map((folder) => [
        folder,
        FOLDERS.filter((other) => other !== folder && !refused.has(`${folder} ${other}`)),
      ]),
    );
  } finally {
    rmSync(tree, { recursive: true });
  }
}

describe('biome.json', () => {
  it('lets through exactly the import arrows that are drawn', () => {
    expect(importsThatPass()).toEqual({ ...MAY_IMPORT, [TOP]: FOLDERS.filter((folder) => folder !== TOP) });
  });

  it('knows every folder of src', () => {
    const folders = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(FOLDERS).toEqual(expect.arrayContaining(folders.map(({ name }) => name)));
  });
});
