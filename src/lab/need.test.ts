import { getuid } from 'node:process';
import { describe, expect, it } from 'vitest';
import { commandFolders, findCommand } from './command-path.ts';
import { labNeeds } from './lab-needs.ts';
import { SEED_LAB } from './lab-spec.ts';
import { commandNeed, findMissing, formatMissing, type Need } from './need.ts';
import { startLab } from './start-lab.ts';

describe('commandFolders', () => {
  it("adds what an ordinary user's PATH leaves out, and leaves out what is no absolute path", () => {
    const folders = commandFolders('/opt/bin:.::/usr/bin');

    expect(folders.slice(0, 2)).toEqual(['/opt/bin', '/usr/bin']);
    expect(folders).toContain('/usr/sbin');
    expect(folders).not.toContain('.');
    expect(folders.filter((folder) => folder === '/usr/bin')).toHaveLength(1);
    expect(folders.at(-1)).toMatch(/\.tools\/debian\/bin$/);
  });
});

describe('findCommand', () => {
  it('finds a command, takes a path as it is, and does not take a file that cannot be run', async () => {
    expect(await findCommand('sh', commandFolders())).toMatch(/\/sh$/);
    expect(await findCommand('/x/y', [])).toBe('/x/y');
    expect(await findCommand('passwd', ['/etc'])).toBeUndefined();
  });
});

describe('findMissing', () => {
  const here: Need = { what: 'here', why: 'x', lacking: async () => undefined };
  const gone: Need = { what: '/dev/x', why: 'does x', remedy: 'modprobe x', lacking: async () => 'ENOENT' };

  it('names everything that is missing at once, in order, with what mends it', async () => {
    const command = commandNeed('no-such-command', ['/usr/bin'], { why: 'does y', package: 'y-utils' });
    const missing = await findMissing([gone, here, command]);

    expect(missing).toEqual([
      { what: '/dev/x', why: 'does x', package: undefined, remedy: 'modprobe x', found: 'ENOENT' },
      {
        what: 'command no-such-command',
        why: 'does y',
        package: 'y-utils',
        remedy: 'apt-get install y-utils',
        found: 'not in /usr/bin',
      },
    ]);
    expect(formatMissing(missing).split('\n')[0]).toBe('/dev/x: ENOENT (does x); modprobe x');
  });

  it('asks for a remedy that has to be found out only where the thing is missing', async () => {
    const asked: string[] = [];
    const remedy = (what: string) => async (): Promise<string> => `mend ${asked.push(what)}`;
    const missing = await findMissing([
      { ...here, remedy: remedy('here') },
      { ...gone, remedy: remedy('gone') },
    ]);

    expect(missing).toMatchObject([{ what: '/dev/x', remedy: 'mend 1' }]);
    expect(asked).toEqual(['gone']);
  });
});

describe('labNeeds', () => {
  it.skipIf(getuid?.() !== 0)('are all met here (needs root: run as root)', async () => {
    expect(await findMissing(labNeeds(commandFolders()))).toEqual([]);
  });

  it('name each command and say once that no namespace could be made', async () => {
    const missing = await findMissing(labNeeds(['/nowhere']));

    expect(missing.map(({ what }) => what)).toEqual([
      'command sh',
      'command setpriv',
      'command setsid',
      'command unshare',
      'command nsenter',
      'command mount',
      'command ip',
      'namespaces',
    ]);
  });
});

describe('startLab', () => {
  it('says what the description of a lab lacks before it makes anything', async () => {
    await expect(startLab({ ...SEED_LAB, dns: { host: 'nobody', names: {} } })).rejects.toMatchObject({
      code: 'LAB_BAD_SPEC',
    });
  });
});
