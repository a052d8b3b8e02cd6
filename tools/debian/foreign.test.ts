import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { unpackForeign } from './foreign.ts';
import { commandRunner } from './run-command.ts';

const run = promisify(execFile);

/** A folder with an archive of one real package, for an architecture that no machine has, and an apt that knows no other. */
async function machine() {
  const folder = await mkdtemp(join(tmpdir(), 'pxebench-foreign-'));
  const root = join(folder, 'root');
  const source = join(folder, 'package');
  const archive = join(folder, 'archive');
  for (const made of [root, archive, join(source, 'DEBIAN'), join(source, 'usr/lib/loader')])
    await mkdir(made, { recursive: true });
  const control =
    'Package: loader-bin\nVersion: 1\nArchitecture: m68k\nMaintainer: Nobody <nobody@example.com>\n';
  await writeFile(join(source, 'DEBIAN/control'), `${control}Description: a loader\n`);
  await writeFile(join(source, 'usr/lib/loader/kernel.img'), 'loader');
  await run('dpkg-deb', ['--build', '--root-owner-group', source, join(archive, 'loader-bin_1_m68k.deb')]);
  const said: string[] = [];
  const commands: string[] = [];
  const really = commandRunner(join(folder, 'log'));
  const deps = {
    // apt's part is played by a folder: what it fetches is real.
    run: async (argv: readonly string[], options = {}) => {
      commands.push(argv.join(' '));
      if (argv[0] !== 'apt-get') return really(argv, options);
      const name = argv.at(-1) ?? '';
      if (argv[1] === 'update') return { status: 0, stdout: '', said: '' };
      if (name !== 'loader-bin:m68k')
        return { status: 100, stdout: '', said: `E: Unable to locate package ${name.split(':')[0]}\n` };
      return really(['cp', join(archive, 'loader-bin_1_m68k.deb'), '.'], options);
    },
    listsFolder: join(folder, 'lists'),
    downloads: join(folder, 'downloads'),
    root,
    say: (text: string) => said.push(text),
  };
  return { deps, said, commands, root, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

const entry = (name: string) => ({ package: name, architecture: 'm68k', provides: ['x'], why: 'y' });

describe('unpackForeign', () => {
  it('unpacks packages of other architectures, once', async () => {
    await using it = await machine();
    await unpackForeign([entry('loader-bin')], it.deps);
    expect(await readFile(join(it.root, 'usr/lib/loader/kernel.img'), 'utf8')).toBe('loader');
    const { length } = it.commands;
    await unpackForeign([entry('loader-bin')], it.deps);
    expect(it.commands).toHaveLength(length);
    // The lists are large.
    await expect(access(it.deps.listsFolder)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('says what cannot be had, goes on with the others, and tries again the next time', async () => {
    await using it = await machine();
    await unpackForeign([entry('no-loader-bin'), entry('loader-bin')], it.deps);
    expect(it.said.at(-1)).toBe(
      'cannot be had, so scenarios of servers/reference-loaders are skipped: no-loader-bin:m68k: E: Unable to locate package no-loader-bin',
    );
    expect(await readFile(join(it.root, 'usr/lib/loader/kernel.img'), 'utf8')).toBe('loader');
    const { length } = it.commands;
    await unpackForeign([entry('no-loader-bin'), entry('loader-bin')], it.deps);
    expect(it.commands.length).toBeGreaterThan(length);
  });
});
