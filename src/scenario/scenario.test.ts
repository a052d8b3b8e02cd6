import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadScenario, stepText } from './scenario.ts';

const folder = await mkdtemp(join(tmpdir(), 'pxebench-scenario-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

const KNOWN = { servers: ['seed', 'reference'], firmware: ['bios-ipxe', 'uefi-x64'] };
const GOOD = `title: A good one
servers: [seed]
client: { firmware: bios-ipxe, mac: "00-12-34-AB-CD-EF" }
expect:
  - { dhcp: offer, to: ipxe, file: "http://pxe.example.com/*" }
  - { http: GET /boot2.php, query: { mac: "\${client.mac}" } }
never:
  - { tftp: "*" }
`;

async function load(text: string): ReturnType<typeof loadScenario> {
  const path = join(folder, 'x.yaml');
  await writeFile(path, text);
  return loadScenario(path, folder, KNOWN);
}

describe('loadScenario', () => {
  it('gives the scenario with its id, its client in one spelling, and the line of each step', async () => {
    const scenario = await load(GOOD);
    expect(scenario).toMatchObject({ id: 'x', mac: '00:12:34:ab:cd:ef' });
    expect(scenario.problemAt(['expect', 1], '').line).toBe(6);
    expect(scenario.problemAt(['never', 0], '').line).toBe(8);
  });

  it.each([
    { name: 'a folder without a server', from: '[seed]', to: '[./nowhere]', line: 2 },
    { name: 'an unknown server', from: '[seed]', to: '[seed, sead]', line: 2, hint: 'did you mean "seed"?' },
    {
      name: 'an unknown firmware',
      from: 'bios-ipxe',
      to: 'bios-ipex',
      line: 3,
      hint: 'did you mean "bios-ipxe"?',
    },
    {
      name: 'an unknown variable',
      from: 'client.mac}',
      to: 'client.max}',
      line: 6,
      hint: 'did you mean "client.mac"?',
    },
    {
      name: 'a profile that is not there',
      from: 'expect:',
      to: 'profile: nowhere.profile.yaml\nexpect:',
      line: 4,
      hint: 'pxebench record makes one',
    },
    {
      name: 'a capture to replay that is not there',
      from: 'firmware: bios-ipxe',
      to: 'replay: nowhere.pcap',
      line: 3,
    },
    { name: 'a regular expression that is none', from: '{ tftp: "*" }', to: '{ tftp: "re:(" }', line: 8 },
  ])('refuses $name, with its line and the nearest name', async ({ from, to, line, hint }) => {
    await expect(load(GOOD.replace(from, to))).rejects.toMatchObject({
      code: 'CONFIG_REFERENCE',
      problems: [{ line, ...(hint === undefined ? {} : { hint }) }],
    });
  });

  it.each([
    { name: 'a rule of no kind', link: '{ rules: [{ loose: arp }] }', field: 'client.link.rules[0].loose' },
    { name: 'frames of no kind', link: '{ rules: [{ lose: arpp }] }', field: 'client.link.rules[0].lose' },
    {
      name: 'a key that the rule has not',
      link: '{ rules: [{ lose: arp, by: 3 }] }',
      field: 'client.link.rules[0].by',
    },
    {
      name: 'a chance above 1',
      link: '{ rules: [{ lose: arp, chance: 10 }] }',
      field: 'client.link.rules[0].chance',
    },
  ])('refuses a link with $name, with its line and field', async ({ link, field }) => {
    const text = GOOD.replace('"00-12-34-AB-CD-EF"', `"00-12-34-AB-CD-EF", link: ${link}`);
    await expect(load(text)).rejects.toMatchObject({ code: 'CONFIG_SCHEMA', problems: [{ line: 3, field }] });
  });

  it('reads a link from a file that is named from the scenario on, and names that file in its errors', async () => {
    const text = GOOD.replace('"00-12-34-AB-CD-EF"', '"00-12-34-AB-CD-EF", link: lossy.link');
    await expect(load(text)).rejects.toMatchObject({ code: 'CONFIG_REFERENCE', problems: [{ line: 3 }] });
    await writeFile(join(folder, 'lossy.link'), 'rules:\n  - { lose: arpp }\n');
    await expect(load(text)).rejects.toMatchObject({
      code: 'CONFIG_SCHEMA',
      file: join(folder, 'lossy.link'),
      problems: [{ line: 2, field: 'rules[0].lose' }],
    });
    await writeFile(join(folder, 'lossy.link'), 'rules:\n  - { lose: arp }\n');
    expect((await load(text)).link).toEqual({ rules: [{ lose: 'arp' }] });
  });

  it('finds servers by folders that are named from the file on', async () => {
    await mkdir(join(folder, 'mine'), { recursive: true });
    await writeFile(join(folder, 'mine', 'server.yaml'), '');
    const scenario = await load(GOOD.replace('[seed]', '[seed, ./mine]'));
    expect(scenario.servers).toEqual(['seed', join(folder, 'mine')]);
  });

  it('refuses what is no scenario with every problem at once', async () => {
    const wrong = GOOD.replace('title', 'titel').replace('never', 'nevr');
    await expect(load(wrong)).rejects.toMatchObject({
      code: 'CONFIG_SCHEMA',
      problems: expect.arrayContaining([
        expect.objectContaining({ field: 'titel' }),
        expect.objectContaining({ field: 'nevr' }),
      ]),
    });
  });
});

describe('stepText', () => {
  it('says a step in the words of the file', () => {
    expect(
      stepText({ http: 'GET /boot2.php', status: 200, query: { mac: '${client.mac}', asset: ['a', 'b'] } }),
    ).toBe('http: GET /boot2.php, status: 200, query: {mac:${client.mac}, asset:[a, b]}');
  });
});
