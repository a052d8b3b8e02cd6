import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const hash = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

/** A checkout that is set up: our scripts, this Node as its own, stamps of all steps. The steps themselves only say their names. */
let checkout: string;
const put = (path: string, text: string, mode = 0o644): void => {
  mkdirSync(join(checkout, dirname(path)), { recursive: true });
  writeFileSync(join(checkout, path), text);
  chmodSync(join(checkout, path), mode);
};
const putNode = (version: string): void =>
  put(
    '.tools/bin/node',
    `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; else echo "node $*"; fi\n`,
    0o755,
  );

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'pxebench-setup-'));
  for (const file of ['setup.sh', 'say.sh', 'debian-packages.yaml'])
    cpSync(`tools/${file}`, join(checkout, 'tools', file));
  cpSync('bin/pxebench', join(checkout, 'bin/pxebench'));
  cpSync('package-lock.json', join(checkout, 'package-lock.json'));
  put('src/cli/main.ts', '');
  put('node_modules/.pxebench-setup', `${hash('package-lock.json')}\n`);
  putNode('v24.0.0');
  put('.tools/bin/npm', '#!/bin/sh\necho "npm $*"\n', 0o755);
  put(
    '.tools/debian/stamp',
    `list ${hash('tools/debian-packages.yaml')}\npackage base-files\npackage dpkg\n`,
  );
  put('tools/fetch-node.sh', '#!/bin/sh\necho fetch-node.sh\n', 0o755);
});
afterEach(() => rmSync(checkout, { recursive: true }));

/** The machine's own commands. If a Node is among them, that of the checkout has to win over it. */
const PATH = '/usr/bin:/bin';
function run(
  command: string,
  ...args: readonly string[]
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(join(checkout, command), args, {
    cwd: '/',
    encoding: 'utf8',
    env: { PATH, HOME: checkout },
  });
}

describe('setup.sh', () => {
  it('says and does nothing where all is there', () => {
    expect(run('tools/setup.sh')).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  it('runs npm ci again after package-lock.json changed, and only that', () => {
    put('package-lock.json', '{}');

    expect(run('tools/setup.sh')).toMatchObject({
      status: 0,
      stderr: 'setup: installing the npm packages of package-lock.json\n',
    });
    expect(readFileSync(join(checkout, '.tools/setup.log'), 'utf8')).toContain('npm ci --ignore-scripts');
    expect(run('tools/setup.sh')).toMatchObject({ status: 0, stderr: '' });
  });

  it.each([
    {
      name: 'a package is gone from the machine',
      stamp: (list: string) => `list ${list}\npackage no-such-package\n`,
    },
    { name: 'the list of packages changed', stamp: () => 'list 0123\npackage dpkg\n' },
  ])('looks after the Debian packages again when $name', ({ stamp }) => {
    put('.tools/debian/stamp', stamp(hash('tools/debian-packages.yaml')));

    expect(run('tools/setup.sh').stdout).toBe('node tools/setup-debian.ts\n');
  });

  it('fetches a Node where the one at hand is too old', () => {
    putNode('v22.99.0');

    expect(run('tools/setup.sh').stdout).toBe('fetch-node.sh\n');
  });
});

describe('bin/pxebench', () => {
  it('starts the command with the Node of the checkout, through symbolic links and from anywhere', () => {
    symlinkSync('bin/pxebench', join(checkout, 'link'));
    symlinkSync(join(checkout, 'link'), join(checkout, 'link-to-link'));

    const { status, stdout } = run('link-to-link', 'list', 'two words');

    expect(status).toBe(0);
    expect(stdout).toMatch(/^node .*\/src\/cli\/main\.ts list two words\n$/);
  });

  it('names the command that sets a checkout up, with exit status 2', () => {
    rmSync(join(checkout, 'node_modules'), { recursive: true });

    expect(run('bin/pxebench')).toMatchObject({
      status: 2,
      stderr: `pxebench: this checkout is not set up\n  Run: make -C ${checkout} setup\n`,
    });
  });

  it('asks for the same Node as setup.sh and package.json', () => {
    const wanted = /NODE_MAJOR=(\d+)/;
    const { engines } = JSON.parse(readFileSync('package.json', 'utf8'));
    const majors = ['bin/pxebench', 'tools/setup.sh'].map(
      (file) => wanted.exec(readFileSync(file, 'utf8'))?.[1],
    );

    expect(majors.map((major) => `>=${major}`)).toEqual([engines.node, engines.node]);
  });
});
