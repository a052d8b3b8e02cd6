import { describe, expect, it } from 'vitest';
import { fromHex } from '../bytes.ts';
import { buildDhcpMessage, type DhcpMessageSpec, rawOptions } from './build-message.ts';
import { formatDhcpMessage } from './format-message.ts';
import { parseDhcpMessage } from './message.ts';
import {
  BOOT_SERVER_REQUEST,
  DNSMASQ_OFFER,
  EDK2_DISCOVER,
  WRITE_UP_DISCOVER,
  XYPLEX_BOOTREQUEST,
} from './testing/messages.ts';

function formatted(bytes: Uint8Array): string {
  const message = parseDhcpMessage(bytes);
  if (!message.ok) throw message.error;
  return formatDhcpMessage(message.value);
}

const crafted = (spec: Partial<DhcpMessageSpec>): string =>
  formatted(buildDhcpMessage({ xid: 1, chaddr: fromHex('020000000001'), ...spec }));

describe('formatDhcpMessage', () => {
  it.each([
    {
      bytes: WRITE_UP_DISCOVER,
      text: 'DISCOVER 00:12:34:56:78:90 xid 0071ceb4 secs 4 class "PXEClient:Arch:00000:UNDI:002001" user-class "iPXE"',
    },
    {
      bytes: EDK2_DISCOVER,
      text: 'DISCOVER 00:12:34:56:78:92 xid 7bc2372a broadcast class "PXEClient:Arch:00007:UNDI:003000"',
    },
    {
      bytes: DNSMASQ_OFFER,
      text: 'OFFER 00:12:34:56:78:90 xid aa1c505f secs 4 yiaddr 10.188.0.66 siaddr 10.188.0.10 server 10.188.0.10 file "http://pxe.example.com/boot1.txt"',
    },
    {
      bytes: BOOT_SERVER_REQUEST,
      text: 'REQUEST d0:50:99:4e:05:57 xid 9b4e0557 secs 8 ciaddr 192.168.16.12 class "PXEClient:Arch:00000:UNDI:002001"',
    },
    {
      bytes: XYPLEX_BOOTREQUEST,
      text: 'BOOTREQUEST 08:00:87:0a:3c:45 xid 00000000 ciaddr 129.111.3.120 giaddr 129.111.1.13 file "x0a3c45.prm" without cookie',
    },
  ])('says $text', ({ bytes, text }) => {
    expect(formatted(bytes)).toBe(text);
  });

  it('says what else may matter', () => {
    expect(
      crafted({
        op: 2,
        hops: 1,
        flags: 0x7fff,
        sname: 'srv',
        options: [
          { code: 50, data: fromHex('0abc0042') },
          { code: 67, data: fromHex('610a00') },
          rawOptions(fromHex('0cff')),
        ],
      }),
    ).toBe(
      'BOOTREPLY 02:00:00:00:00:01 xid 00000001 hops 1 flags 0x7fff requested 10.188.0.66 sname "srv" bootfile "a\\n\\u0000" ' +
        'options end early: option 12: need 255 bytes, have 47 in options (at byte 253)',
    );
  });

  it('names other hardware, other ops and other message types', () => {
    expect(crafted({ op: 7, htype: 32, chaddr: fromHex() })).toBe(
      'op 7 htype 32 without chaddr xid 00000001',
    );
    expect(
      crafted({ htype: 32, chaddr: fromHex('0102'), options: [{ code: 53, data: fromHex('0d') }] }),
    ).toBe('type 13 htype 32 0102 xid 00000001');
  });
});
