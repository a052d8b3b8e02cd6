import { describe, expect, it } from 'vitest';
import { storyOf } from '../story/testing/stories.ts';
import { matchStory } from './match.ts';
import type { ExactlyStep, NeverStep, Step } from './schema.ts';
import type { Variables } from './variables.ts';

// SeaBIOS + iPXE ROM against the write-up's server: boot1.txt, boot2.php, pxelinux.0, eleven lookups.
const story = await storyOf('lab/bios-ipxe-rom.pcap');
// OVMF: size probe, ipxe.efi, second DHCP as iPXE.
const uefi = await storyOf('lab/uefi-x64-dumb.pcap');

const variables: Variables = new Map([
  ['client.mac', '00:12:34:56:78:90'],
  ['client.ip', story.client.addresses.at(-1) ?? ''],
  ['client.uuid-on-wire', '4c4c4544-0039-4e10-804e-b9c04f4d344a'],
  ['pxe', '10.188.0.10'],
]);

function match(
  expect: readonly Step[],
  others: { readonly never?: readonly NeverStep[]; readonly exactly?: readonly ExactlyStep[] } = {},
  of = story,
): ReturnType<typeof matchStory> {
  return matchStory({ expect, ...others }, of, variables);
}

const BOOT1: Step = { http: 'GET /boot1.txt', status: 200 };
const BOOT2: Step = {
  http: 'GET /boot2.php',
  query: { mac: '${client.mac}', userclass: '', asset: ['', ''] },
};
const ALL_NAMES: Step = {
  'pxelinux-lookup': ['uuid', 'mac', 'ip8', 'ip7', 'ip6', 'ip5', 'ip4', 'ip3', 'ip2', 'ip1', 'default'],
  found: 'default',
  by: 'http',
};

describe('matchStory', () => {
  it('meets steps in order, with other events between', () => {
    const found = match([{ dhcp: 'offer', to: 'ipxe', 'next-server': '${pxe}' }, BOOT1, BOOT2, ALL_NAMES]);
    expect(found.steps.map(({ outcome }) => outcome)).toEqual(['met', 'met', 'met', 'met']);
    expect(found).toMatchObject({ complete: true, hopeless: false, violations: [], miscounts: [] });
  });

  it('does not meet steps out of order, and says how far it came', () => {
    const found = match([BOOT2, BOOT1, ALL_NAMES]);
    expect(found.steps.map(({ outcome }) => outcome)).toEqual(['met', 'not-met', 'not-reached']);
    expect(found.complete).toBe(false);
  });

  it('names the event that came nearest, and what differs', () => {
    const found = match([{ dhcp: 'offer', to: 'ipxe', file: 'undionly.kpxe', 'next-server': '${pxe}' }]);
    expect(found.steps[0]).toMatchObject({
      outcome: 'not-met',
      nearest: {
        event: { kind: 'dhcp', messageType: 'offer' },
        mismatches: [{ field: 'file', wanted: 'undionly.kpxe', got: 'http://pxe.example.com/boot1.txt' }],
      },
    });
  });

  it('takes an answer to the right request for nearer than a right answer to another', () => {
    const found = match([{ http: 'GET /pxelinux.0', status: 404 }]);
    expect(found.steps[0]).toMatchObject({
      nearest: {
        event: { target: '/pxelinux.0' },
        mismatches: [{ field: 'status', wanted: '404', got: '200' }],
      },
    });
  });

  it('knows nothing near a kind of event that never happened', () => {
    expect(match([{ console: 'anything' }]).steps[0]).toEqual({ outcome: 'not-met', nearest: undefined });
  });

  it('holds a value against a variable that is not known as not met', () => {
    const found = match([{ http: 'GET /boot2.php', query: { serial: '${client.serial}' } }]);
    expect(found.steps[0]?.outcome).toBe('not-met');
  });

  it.each([
    {
      name: 'a lookup too few is expected',
      step: { 'pxelinux-lookup': ['uuid', 'mac'] } satisfies Step,
      mismatch: { field: 'lookup 3', wanted: 'nothing after 01-00-12-34-56-78-90', got: '0ABC0042' },
    },
    {
      name: 'another order is expected',
      step: { 'pxelinux-lookup': ['mac', 'uuid', 'default'] } satisfies Step,
      mismatch: {
        field: 'lookup 1',
        wanted: '01-00-12-34-56-78-90',
        got: '4c4c4544-0039-4e10-804e-b9c04f4d344a',
      },
    },
    {
      name: 'another name is expected to be there',
      step: { ...ALL_NAMES, found: 'mac' } satisfies Step,
      mismatch: { field: 'found', wanted: '01-00-12-34-56-78-90', got: 'default' },
    },
    {
      name: 'another protocol is expected',
      step: { ...ALL_NAMES, by: 'tftp' } satisfies Step,
      mismatch: { field: 'by', wanted: 'tftp', got: 'http' },
    },
  ])('is exact about pxelinux: $name', ({ step, mismatch }) => {
    expect(match([step]).steps[0]).toMatchObject({ outcome: 'not-met', nearest: { mismatches: [mismatch] } });
  });

  it('finds what must never happen, and then nothing can mend the run', () => {
    const found = match([BOOT1], { never: [{ http: 'GET /pxelinux.cfg/*' }] });
    expect(found.violations).toMatchObject([{ event: { kind: 'http' } }]);
    expect(found.hopeless).toBe(true);
  });

  it('counts only from the stage that `after` names', () => {
    const tftp = { tftp: '*', outcome: 'complete' } as const;
    expect(match([BOOT1], { never: [{ ...tftp, after: 'ipxe' }] }, uefi).violations).toEqual([]);
    expect(match([BOOT1], { never: [{ ...tftp, after: 'firmware' }] }, uefi).violations).toHaveLength(1);
  });

  it('counts how often something happens', () => {
    const tftp = { tftp: 'ipxe.efi' } as const;
    expect(match([BOOT1], { exactly: [{ ...tftp, outcome: 'complete', times: 1 }] }, uefi).miscounts).toEqual(
      [],
    );
    const tooMany = match([BOOT1], { exactly: [{ ...tftp, times: 1 }] }, uefi);
    expect(tooMany.miscounts).toMatchObject([
      { wanted: 1, events: [{ outcome: 'size-probe' }, { outcome: 'complete' }] },
    ]);
    expect(tooMany.hopeless).toBe(true);
    const tooFew = match([BOOT1], { exactly: [{ ...tftp, outcome: 'refused', times: 1 }] }, uefi);
    expect(tooFew).toMatchObject({ hopeless: false, miscounts: [{ wanted: 1, events: [] }] });
  });
});
