import { describe, expect, it } from 'vitest';
import { type Ipv6Address, ipv4 } from '../../wire/address.ts';
import { IpReassembly } from '../../wire/ip-reassembly.ts';
import { IP_PROTOCOL, parseIpv4 } from '../../wire/ipv4.ts';
import { fragmentIdentification, parseIpv6 } from '../../wire/ipv6.ts';
import { ipv4Packets, ipv6Packets } from './ip-fragments.ts';

const PAYLOAD = Uint8Array.from({ length: 4_001 }, (_, i) => i & 0xff);
const IPV4 = { source: ipv4('10.0.0.1'), destination: ipv4('10.0.0.2'), protocol: IP_PROTOCOL.udp };
const IPV6 = {
  ...{ source: 'fe80::1' as Ipv6Address, destination: 'fe80::2' as Ipv6Address },
  protocol: IP_PROTOCOL.udp,
};

describe('ipv4Packets', () => {
  it('leaves a packet that fits as it is', () => {
    expect(ipv4Packets({ ...IPV4, payload: PAYLOAD.subarray(0, 1_480) }, 7)).toHaveLength(1);
  });

  it('makes fragments that come together again, with one identification', () => {
    const whole = new IpReassembly();
    const packets = ipv4Packets({ ...IPV4, dontFragment: true, payload: PAYLOAD }, 7);
    for (const bytes of packets) {
      expect(bytes.length).toBeLessThanOrEqual(1_500);
      const parsed = parseIpv4(bytes);
      if (!parsed.ok) throw parsed.error;
      expect(parsed.value).toMatchObject({
        identification: 7,
        dontFragment: false,
        checksum: { correct: true },
      });
      whole.add({ ...parsed.value.fragment, payload: parsed.value.payload, missing: 0 });
    }
    expect(packets).toHaveLength(3);
    expect(whole.isComplete && whole.octets().payload).toEqual(PAYLOAD);
  });
});

describe('ipv6Packets', () => {
  it('makes fragments that come together again, with one identification', () => {
    const whole = new IpReassembly();
    const packets = ipv6Packets({ ...IPV6, payload: PAYLOAD }, 7);
    for (const bytes of packets) {
      expect(bytes.length).toBeLessThanOrEqual(1_500);
      const parsed = parseIpv6(bytes);
      if (!parsed.ok) throw parsed.error;
      expect([parsed.value.protocol, fragmentIdentification(parsed.value)]).toEqual([IP_PROTOCOL.udp, 7]);
      whole.add({ ...parsed.value.fragment, payload: parsed.value.payload, missing: 0 });
    }
    expect(whole.isComplete && whole.octets().payload).toEqual(PAYLOAD);
  });
});
