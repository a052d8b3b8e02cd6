import { ETHER_TYPE, parseEthernet, serializeEthernet } from '../wire/ethernet.ts';
import { IP_PROTOCOL, parseIpv4, serializeIpv4 } from '../wire/ipv4.ts';
import { parseTcp, serializeTcp, tcpFlags } from '../wire/tcp.ts';

/**
 * Two RSTs in place of a TCP segment over IPv4, each as if the other end had sent it: `onward` goes where the segment was
 * going, `back` where it came from. RFC 9293 §3.5.2: a receiver believes a RST whose number is the next one it expects.
 * Undefined where the frame holds no such segment.
 */
export function resetConnection(
  frame: Uint8Array,
): { readonly onward: Uint8Array; readonly back: Uint8Array } | undefined {
  const ethernet = parseEthernet(frame);
  if (!ethernet.ok || ethernet.value.etherType !== ETHER_TYPE.ipv4) return undefined;
  const ip = parseIpv4(ethernet.value.payload);
  if (!ip.ok || ip.value.protocol !== IP_PROTOCOL.tcp) return undefined;
  const tcp = parseTcp(ip.value.payload);
  if (!tcp.ok || tcp.value.flags.rst) return undefined;
  const { source, destination, tags } = ethernet.value;
  const { sourcePort, destinationPort, seq, ack, flags, payload } = tcp.value;
  const reset = (turned: boolean, number: number, acknowledges: number | undefined): Uint8Array => {
    const addresses = turned
      ? { source: ip.value.destination, destination: ip.value.source }
      : { source: ip.value.source, destination: ip.value.destination };
    const segment = serializeTcp(
      {
        sourcePort: turned ? destinationPort : sourcePort,
        destinationPort: turned ? sourcePort : destinationPort,
        seq: number,
        ack: acknowledges ?? 0,
        flags: acknowledges === undefined ? tcpFlags('rst') : tcpFlags('rst', 'ack'),
        window: 0,
      },
      addresses,
    );
    return serializeEthernet({
      destination: turned ? source : destination,
      source: turned ? destination : source,
      tags,
      etherType: ETHER_TYPE.ipv4,
      payload: serializeIpv4({ ...addresses, protocol: IP_PROTOCOL.tcp, payload: segment }),
    });
  };
  const length = payload.length + (flags.syn ? 1 : 0) + (flags.fin ? 1 : 0);
  const next = (seq + length) % 0x1_0000_0000;
  return {
    onward: reset(false, seq, flags.ack ? ack : undefined),
    back: reset(true, flags.ack ? ack : 0, next),
  };
}
