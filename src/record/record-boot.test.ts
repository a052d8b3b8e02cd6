import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { labSpecOf, onWire, variablesOf } from '../scenario/circumstances.ts';
import { matchStory } from '../scenario/match.ts';
import { type ScenarioFile, scenarioSchema } from '../scenario/schema.ts';
import { storyOf } from '../story/testing/stories.ts';
import { mac } from '../wire/address.ts';
import { expectationsOf } from './record-boot.ts';
import { scenarioText } from './scenario-text.ts';

async function recorded(capture: string) {
  const story = await storyOf(capture);
  const address = mac(story.client.id);
  const uuid = story.client.uuid === undefined ? undefined : onWire(story.client.uuid);
  const client: ScenarioFile['client'] = {
    firmware: 'some',
    mac: address,
    ...(uuid === undefined ? {} : { uuid }),
  };
  const draft = { mac: address, file: { client } };
  return { whole: story, client, draft, ...expectationsOf(story, draft) };
}

const CAPTURES = [
  'bios-dumb-by-link',
  'bios-ipxe-rom',
  'iscsi-chap',
  'iscsi-redirect',
  'iscsi-sanboot',
  'iscsi-wrong-target',
  's390x-ccw',
  'slof-ppc64',
  'uefi-ia32-dumb',
  'uefi-x64-dumb',
].map((name) => `lab/${name}.pcap`);

describe('expectationsOf', () => {
  it.each(CAPTURES)(
    'makes steps of %s that its own story meets, and nothing that it must not',
    async (capture) => {
      const { whole, draft, steps, never } = await recorded(capture);
      const found = matchStory(
        { expect: steps, never },
        whole,
        variablesOf(draft, whole, labSpecOf({ file: {} })),
      );
      expect(found.steps.map(({ outcome }) => outcome)).toEqual(steps.map(() => 'met'));
      expect(found.violations).toEqual([]);
      expect(steps.length).toBeGreaterThan(1);
    },
  );

  it.each(CAPTURES)(
    'says nothing of the one run in %s: no lease, no transaction, no size, no time',
    async (capture) => {
      const { whole, steps, never } = await recorded(capture);
      const text = JSON.stringify({ steps, never });
      for (const address of whole.client.addresses) expect(text).not.toContain(address);
      expect(text).not.toMatch(/"(octets|sha256|xid|secs|times)"/);
    },
  );

  it('has the chain, the boot files, the query and the search of a dumb client', async () => {
    const { steps, never } = await recorded('lab/bios-dumb-by-link.pcap');
    expect(steps).toMatchObject([
      { dhcp: 'discover', from: 'firmware', architecture: 0 },
      { dhcp: 'offer', to: 'firmware', file: 'undionly.kpxe', 'next-server': '${pxe}' },
      { dhcp: 'ack', to: 'firmware', file: 'undionly.kpxe', address: '${client.ip}' },
      { tftp: 'undionly.kpxe', outcome: 'complete', from: 'firmware', server: '${pxe}' },
      { dhcp: 'discover', from: 'ipxe', 'user-class': 'iPXE' },
      { dhcp: 'offer', to: 'ipxe', file: 'http://pxe.example.com/boot1.txt' },
      { dhcp: 'ack', to: 'ipxe', address: '${client.ip}' },
      { dns: 'pxe.example.com', answer: '${pxe}' },
      { http: 'GET /boot1.txt', status: 200 },
      { http: 'GET /boot2.php', query: { mac: '${client.mac}', ip: '${client.ip}', uuid: '${client.uuid}' } },
      { http: 'GET /pxelinux.0' },
      { http: 'GET /ldlinux.c32' },
      { 'pxelinux-lookup': expect.arrayContaining(['uuid', 'mac', 'ip8', 'default']), by: 'http' },
    ]);
    expect(never).toEqual([{ tftp: '*', after: 'ipxe' }, { dhcp: 'nak' }]);
  });

  it('ends where the machine begins anew', async () => {
    const { whole, story, endNs } = await recorded('lab/uefi-x64-dumb.pcap');
    const again = { ...whole, events: [...whole.events, ...whole.events] };
    const client = {
      mac: mac(whole.client.id),
      file: { client: { firmware: 'some', mac: whole.client.id } },
    };
    const twice = expectationsOf(again, client);
    expect(twice.endNs).toBe(endNs);
    expect(twice.story.events).toEqual(story.events);
  });

  it('refuses a story of which nothing can be expected', async () => {
    const { whole, draft } = await recorded('lab/slof-ppc64.pcap');
    expect(() => expectationsOf({ ...whole, events: [] }, draft)).toThrow(
      expect.objectContaining({ code: 'RECORD_NOTHING_TO_EXPECT' }),
    );
  });
});

describe('scenarioText', () => {
  it.each(CAPTURES)('writes what %s became as YAML that says the same and is a scenario', async (capture) => {
    const { client, steps, never } = await recorded(capture);
    const file: ScenarioFile = {
      title: `A title: with a colon, and so long that it has to be folded, ${'word '.repeat(30)}end`,
      servers: ['reference'],
      client,
      expect: [...steps],
      never: [...never],
    };
    const text = scenarioText(file, '../x.json');
    expect(parse(text)).toEqual(file);
    expect(scenarioSchema.parse(parse(text))).toEqual(file);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(140);
  });
});
