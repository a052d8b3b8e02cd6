import { u16At } from '../wire/bytes.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import { putNames } from './scrub-names.ts';

const TYPE = {
  echoRequest: 128,
  echoReply: 129,
  listenerQuery: 130,
  listenerDone: 132,
  routerSolicitation: 133,
  routerAdvertisement: 134,
  neighbourSolicitation: 135,
  neighbourAdvertisement: 136,
  redirect: 137,
  listenerReport2: 143,
} as const;

/**
 * An ICMPv6 message in place: neighbour discovery (RFC 4861), listeners (RFC 2710, RFC 3810), echo. False for a type that is
 * not known: then nothing was changed. Errors, which quote a packet, are the caller's.
 */
export function scrubIcmpv6(bytes: Uint8Array, to: Pseudonyms): boolean {
  switch (bytes[0]) {
    case TYPE.echoRequest:
    case TYPE.echoReply:
      bytes.fill(0, 8);
      return true;
    case TYPE.routerSolicitation:
      scrubOptions(bytes.subarray(8), to);
      return true;
    case TYPE.routerAdvertisement:
      scrubOptions(bytes.subarray(16), to);
      return true;
    case TYPE.neighbourSolicitation:
    case TYPE.neighbourAdvertisement:
      to.putIpv6(bytes, 8);
      scrubOptions(bytes.subarray(24), to);
      return true;
    case TYPE.redirect:
      to.putIpv6(bytes, 8);
      to.putIpv6(bytes, 24);
      scrubOptions(bytes.subarray(40), to);
      return true;
    case TYPE.listenerReport2:
      scrubListenerRecords(bytes.subarray(8), to);
      return true;
    default: {
      const [type = 0] = bytes;
      if (type < TYPE.listenerQuery || type > TYPE.listenerDone) return false;
      to.putIpv6(bytes, 8);
      for (let at = 28; at + 16 <= bytes.length; at += 16) to.putIpv6(bytes, at);
      return true;
    }
  }
}

/** ( type:u8 | auxiliary words:u8 | sources:u16 | group:16 | source * n | auxiliary )* */
function scrubListenerRecords(bytes: Uint8Array, to: Pseudonyms): void {
  for (let at = 0; at + 20 <= bytes.length; ) {
    const sources = u16At(bytes, at + 2);
    for (let i = 0; i <= sources; i++) to.putIpv6(bytes, at + 4 + 16 * i);
    at += 20 + 16 * sources + 4 * (bytes[at + 1] as number);
  }
}

/** RFC 4861 §4.6: type, length in eights, value. */
function scrubOptions(bytes: Uint8Array, to: Pseudonyms): void {
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = 8 * (bytes[at + 1] as number);
    if (length === 0) return void bytes.fill(0, at);
    scrubOption(bytes[at] as number, bytes.subarray(at, at + length), to);
    at += length;
  }
}

function scrubOption(type: number, option: Uint8Array, to: Pseudonyms): void {
  switch (type) {
    case 1:
    case 2:
      to.putMac(option, 2);
      break;
    case 3:
      to.putIpv6(option, 16);
      break;
    case 5:
    case 14:
      break;
    case 25:
      for (let at = 8; at + 16 <= option.length; at += 16) to.putIpv6(option, at);
      break;
    case 31:
      putNames(option.subarray(8), to);
      break;
    default:
      option.fill(0, 2);
  }
}
