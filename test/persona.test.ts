import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Link } from '../src/link/link.ts';
import { linkPlan } from '../src/link/link-plan.ts';
import { openCapture } from '../src/pcap/open-capture.ts';
import { loadFirmware } from '../src/vm/firmware.ts';
import { type DhcpMessage, optionData, parseDhcpMessage } from '../src/wire/dhcp/message.ts';
import { messageTypeOf } from '../src/wire/dhcp/opt-message-type.ts';
import { ETHER_TYPE, parseEthernet } from '../src/wire/ethernet.ts';
import { IP_PROTOCOL, parseIpv4 } from '../src/wire/ipv4.ts';
import { parseUdp } from '../src/wire/udp.ts';

const ROOT = resolve(import.meta.dirname, '..');

async function framesOf(path: string): Promise<readonly Uint8Array[]> {
  await using capture = await openCapture(resolve(ROOT, path));
  const frames: Uint8Array[] = [];
  for await (const batch of capture.batches()) frames.push(...batch.frames.map(({ bytes }) => bytes));
  return frames;
}

type Asked = { readonly message: DhcpMessage; readonly octets: number; readonly ttl: number };

/** The client's DHCP message in a frame that goes from port 68 to 67. */
function askedIn(frame: Uint8Array): Asked | undefined {
  const ethernet = parseEthernet(frame);
  if (!ethernet.ok || ethernet.value.etherType !== ETHER_TYPE.ipv4) return undefined;
  const ip = parseIpv4(ethernet.value.payload);
  if (!ip.ok || ip.value.protocol !== IP_PROTOCOL.udp) return undefined;
  const udp = parseUdp(ip.value.payload);
  if (!udp.ok || udp.value.destinationPort !== 67) return undefined;
  const message = parseDhcpMessage(udp.value.payload);
  return message.ok
    ? { message: message.value, octets: udp.value.payload.length, ttl: ip.value.ttl }
    : undefined;
}

/** What servers and people tell one kind of client from another by. Values of options 50, 54 and 97 are each machine's own. */
function manner({ message, octets, ttl }: Asked) {
  return {
    type: messageTypeOf(message),
    codes: message.options.map(({ code }) => code),
    values: [53, 55, 57, 60, 93, 94].map((code) => [...(optionData(message, code) ?? [])]),
    flags: message.flags,
    octets,
    ttl,
  };
}

describe('the persona bios-dumb', () => {
  it('asks as the ROM of the capture does that it is taken from', async () => {
    const real = (await framesOf('captures/public/bios-asrock-proxydhcp4011.pcap')).flatMap(
      (frame) => askedIn(frame) ?? [],
    );
    const { link: persona } = await loadFirmware('bios-dumb', resolve(ROOT, 'vm', 'firmware'));
    const plan = linkPlan(persona === undefined ? [] : [persona]);
    const seen: Uint8Array[] = [];
    const link = new Link(plan ?? { seed: 1, rules: [] }, {
      pass: (to, bytes) => void (to === 'network' && seen.push(bytes)),
      did: () => {},
    });
    let now = 0;
    for (const frame of await framesOf('captures/lab/bios-ipxe-rom.pcap')) {
      if (askedIn(frame) === undefined) continue;
      link.frame('client', frame, now);
      now += 10_000;
      link.wake(now);
    }

    const mine = seen.flatMap((frame) => askedIn(frame) ?? []);
    const first = (asked: readonly Asked[], type: string) =>
      asked.map(manner).find((one) => one.type === type);
    expect(first(mine, 'discover')).toEqual(first(real, 'discover'));
    expect(first(mine, 'request')).toEqual(first(real, 'request'));
  });
});
