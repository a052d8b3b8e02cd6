import { describe, expect, it } from 'vitest';
import type { Dhcpv6Event, Story } from '../story/event.ts';
import { PXE_X64 } from '../story/testing/boot.ts';
import { ipv6FromBytes } from '../wire/address.ts';
import { dhcpv6Findings } from './dhcpv6.ts';
import { JudgedBoot } from './testing/boot.ts';

const CLIENT = { ip: ipv6FromBytes(new Uint8Array(16).fill(1)), port: 546 };
const SERVER = { ip: ipv6FromBytes(new Uint8Array(16).fill(2)), port: 547 };

function message(frame: number, messageType: string, more: Partial<Dhcpv6Event> = {}): Dhcpv6Event {
  const isReply = messageType === 'advertise' || messageType === 'reply';
  return {
    kind: 'dhcpv6',
    timeNs: BigInt(frame) * 1_000_000_000n,
    endNs: BigInt(frame) * 1_000_000_000n,
    stage: 'firmware',
    frames: [frame],
    messageType,
    direction: isReply ? 'to-client' : 'from-client',
    transactionId: 7,
    addresses: [],
    bootFileUrl: undefined,
    architectures: isReply ? [] : [7],
    userClasses: [],
    vendorClasses: [],
    failures: [],
    relayed: false,
    missing: 0,
    source: isReply ? SERVER : CLIENT,
    destination: isReply ? CLIENT : SERVER,
    ...more,
  };
}

const EMPTY: Story = { ...new JudgedBoot().dora(PXE_X64, { file: 'a' }).story(), events: [] };

function found(...events: readonly Dhcpv6Event[]) {
  return dhcpv6Findings({ ...EMPTY, events }, { endNs: 100_000_000_000n });
}

describe('dhcpv6Findings', () => {
  it('tells that nobody answered, and makes less of it where IPv4 works', () => {
    const asked = [message(1, 'solicit'), message(3, 'solicit')];
    expect(found(...asked)).toMatchObject([
      {
        id: 'dhcpv6.no-answer',
        weight: 'failure',
        says: 'asked 2 times by DHCPv6, and nobody answered',
        frames: [1, 3],
      },
    ]);
    const { events } = new JudgedBoot().dora(PXE_X64, { file: 'a' }).story();
    expect(
      dhcpv6Findings({ ...EMPTY, events: [...events, ...asked] }, { endNs: 100_000_000_000n }),
    ).toMatchObject([{ weight: 'note' }]);
  });

  it("gives the server's reason for no address", () => {
    const failures = ['NoAddrsAvail "no addresses available"'];
    const refusals = [
      message(1, 'solicit'),
      message(2, 'advertise', { failures }),
      message(4, 'advertise', { failures }),
    ];
    expect(found(...refusals)).toMatchObject([
      {
        id: 'dhcpv6.refused',
        weight: 'failure',
        says: 'the DHCPv6 server gives no address: NoAddrsAvail "no addresses available"',
        frames: [2, 4],
      },
    ]);
    const later = message(6, 'reply', { bootFileUrl: 'tftp://[fd00::1]/a' });
    expect(found(...refusals, later)).toMatchObject([{ weight: 'warning' }]);
  });

  it('tells that there is nothing to boot', () => {
    expect(found(message(1, 'request'), message(2, 'reply'))).toMatchObject([
      {
        id: 'dhcpv6.no-boot-file',
        weight: 'failure',
        because: "no answer has a boot file's URL (option 59) for 7 (x64 UEFI)",
        frames: [2],
      },
    ]);
    expect(found(message(1, 'request'), message(2, 'reply', { missing: 9 }))).toEqual([]);
  });

  it('has nothing to say of a boot that goes well, nor of who only wants an address', () => {
    const url = { bootFileUrl: 'tftp://[fd00::1]/ipxe.efi' };
    expect(
      found(
        message(1, 'solicit'),
        message(2, 'advertise', url),
        message(3, 'request'),
        message(4, 'reply', url),
      ),
    ).toEqual([]);
    expect(found(message(1, 'solicit', { architectures: [] }))).toEqual([]);
  });
});
