import { describe, expect, it } from 'vitest';
import { fromHex } from '../bytes.ts';
import { itIsACodec } from '../testing/codec-laws.ts';
import {
  formatClientMachineId,
  parseClientMachineId,
  serializeClientMachineId,
  uuidInSmbiosOrder,
  uuidInWireOrder,
  uuidOctets,
} from './opt-client-machine-id.ts';

// bios-ipxe-rom.pcap, frame 3, option 97 of QEMU started with -uuid 44454c4c-3900-104e-804e-b9c04f4d344a. In the same
// capture iPXE asks boot2.php with uuid=44454c4c-3900-..., and pxelinux for pxelinux.cfg/4c4c4544-0039-...
const OPTION = fromHex('00 4c 4c 45 44 00 39 4e 10 80 4e b9 c0 4f 4d 34 4a');
const OCTETS = OPTION.subarray(1);
const AS_PXELINUX = '4c4c4544-0039-4e10-804e-b9c04f4d344a';
const AS_IPXE = '44454c4c-3900-104e-804e-b9c04f4d344a';

describe('parseClientMachineId', () => {
  it('reads type 0 as a UUID', () => {
    expect(parseClientMachineId(OPTION)).toEqual({
      ok: true,
      value: { kind: 'uuid', octets: OCTETS, trailing: fromHex() },
    });
  });

  it('keeps octets behind the UUID', () => {
    expect(parseClientMachineId(fromHex('00', '11'.repeat(16), '22'))).toMatchObject({
      value: { kind: 'uuid', trailing: fromHex('22') },
    });
  });

  it('keeps another type as it is', () => {
    expect(parseClientMachineId(fromHex('01 0203'))).toEqual({
      ok: true,
      value: { kind: 'unknown', type: 1, octets: fromHex('0203') },
    });
  });

  it.each([
    { length: 0, offset: 0, field: 'machine id type' },
    { length: 1, offset: 1, field: 'machine id' },
    { length: 16, offset: 1, field: 'machine id' },
  ])('reports $field for $length octets', ({ length, offset, field }) => {
    expect(parseClientMachineId(OPTION.subarray(0, length))).toMatchObject({
      error: { code: 'WIRE_TRUNCATED', offset, field },
    });
  });

  itIsACodec(
    { parse: parseClientMachineId, serialize: serializeClientMachineId, format: formatClientMachineId },
    { 'a UUID': OPTION, 'another type': fromHex('01 0203') },
  );
});

describe('serializeClientMachineId', () => {
  it('refuses a UUID of another length, and an unknown id of type 0', () => {
    expect(() =>
      serializeClientMachineId({ kind: 'uuid', octets: fromHex('00'), trailing: fromHex() }),
    ).toThrow(expect.objectContaining({ code: 'WIRE_UNENCODABLE', field: 'machine id' }));
    expect(() => serializeClientMachineId({ kind: 'unknown', type: 0, octets: fromHex() })).toThrow(
      expect.objectContaining({ code: 'WIRE_UNENCODABLE', field: 'machine id type' }),
    );
  });
});

describe('uuidInWireOrder and uuidInSmbiosOrder', () => {
  it('print what pxelinux and what iPXE print', () => {
    expect(uuidInWireOrder(OCTETS)).toBe(AS_PXELINUX);
    expect(uuidInSmbiosOrder(OCTETS)).toBe(AS_IPXE);
    expect(formatClientMachineId({ kind: 'uuid', octets: OCTETS, trailing: fromHex() })).toBe(
      `${AS_PXELINUX} (SMBIOS order ${AS_IPXE})`,
    );
  });

  it('leave the octets alone', () => {
    const before = OCTETS.slice();
    uuidInSmbiosOrder(OCTETS);
    expect(OCTETS).toEqual(before);
  });
});

describe('uuidOctets', () => {
  it.each([
    { text: AS_PXELINUX, order: 'wire' as const },
    { text: AS_IPXE, order: 'smbios' as const },
    { text: AS_IPXE.toUpperCase().replaceAll('-', ''), order: 'smbios' as const },
  ])('reads $text in $order order', ({ text, order }) => {
    expect(uuidOctets(text, order)).toEqual(OCTETS);
  });

  it.each(['', '4c4c4544', `${AS_IPXE}0`, AS_IPXE.replace('a', 'g')])('is undefined for "%s"', (text) => {
    expect(uuidOctets(text, 'wire')).toBeUndefined();
  });
});
