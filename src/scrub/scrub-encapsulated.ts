import { latin1 } from '../wire/bytes.ts';
import { type DhcpMessage, optionData } from '../wire/dhcp/message.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import { scrubText } from './scrub-text.ts';

const PAD = 0;
const END = 255;

/** Calls for each option of an encapsulation. False where the lengths do not fit: nothing was called then. */
export function eachTlv(data: Uint8Array, call: (code: number, value: Uint8Array) => void): boolean {
  const found: (readonly [number, Uint8Array])[] = [];
  for (let at = 0; at < data.length; ) {
    const code = data[at] as number;
    if (code === END) break;
    if (code === PAD) {
      at++;
      continue;
    }
    const length = data[at + 1];
    if (length === undefined || at + 2 + length > data.length) return false;
    found.push([code, data.subarray(at + 2, at + 2 + length)]);
    at += 2 + length;
  }
  for (const [code, value] of found) call(code, value);
  return true;
}

function putText(bytes: Uint8Array, to: Pseudonyms): void {
  bytes.set(Buffer.from(scrubText(latin1(bytes), to), 'latin1'));
}

/** PXE 2.1 Table 2-1, in place. Any other vendor's octets are replaced. */
export function scrubPxeVendor(data: Uint8Array, to: Pseudonyms, message: DhcpMessage): void {
  const vendorClass = optionData(message, 60);
  const isPxe = vendorClass === undefined || /^(PXE|HTTP)Client/.test(latin1(vendorClass));
  if (!isPxe || !eachTlv(data, (code, value) => scrubPxeTag(code, value, to))) to.putOpaque(data);
}

function scrubPxeTag(code: number, value: Uint8Array, to: Pseudonyms): void {
  switch (code) {
    // MTFTP: a multicast address; ports and times; discovery control; the item that was chosen.
    case 1:
    case 7:
      to.putIpv4(value);
      break;
    case 2:
    case 3:
    case 4:
    case 5:
    case 6:
    case 71:
      break;
    // ( type:u16 | count:u8 | address * count )*
    case 8:
      for (let at = 0; at + 3 <= value.length; ) {
        const end = at + 3 + 4 * (value[at + 2] as number);
        for (at += 3; at < end; at += 4) to.putIpv4(value, at);
      }
      break;
    // ( type:u16 | length:u8 | text )*
    case 9:
      for (let at = 0; at + 3 <= value.length; ) {
        const end = at + 3 + (value[at + 2] as number);
        putText(value.subarray(at + 3, end), to);
        at = end;
      }
      break;
    // timeout:u8 | text
    case 10:
      putText(value.subarray(1), to);
      break;
    default:
      to.putOpaque(value);
  }
}

/** RFC 3046 and its followers, in place: a MAC address where one is recognised, else opaque. */
export function scrubRelayAgent(data: Uint8Array, to: Pseudonyms): void {
  const read = eachTlv(data, (code, value) => {
    // 5: link selection (RFC 3527); 11: server identifier override (RFC 5107).
    if ((code === 5 || code === 11) && value.length === 4) to.putIpv4(value);
    else if (code === 1 || code === 2 || code === 6 || code === 12) putIdentity(value, to);
    else to.putOpaque(value);
  });
  if (!read) to.putOpaque(data);
}

/** An identifier that a switch or relay made: with or without a type and a length before it. */
export function putIdentity(value: Uint8Array, to: Pseudonyms): void {
  if (value.length === 6) to.putMac(value);
  else if (value.length === 8 && value[1] === 6) to.putMac(value, 2);
  else if (value.length === 4) to.putIpv4(value);
  else to.putOpaque(value);
}

/** iPXE's own settings (dhcp.h, DHCP_EB_ENCAP), in place: flags, numbers, bus and version stay. */
export function scrubIpxe(data: Uint8Array, to: Pseudonyms): void {
  const read = eachTlv(data, (code, value) => {
    if (code >= USERNAME && code <= REVERSE_PASSWORD) {
      to.secrets++;
      value.fill(X);
    } else if (code !== BUS_ID && code !== VERSION && value.length > 4) {
      const text = scrubText(latin1(value), to);
      value.set(Buffer.from(text, 'latin1'));
    }
  });
  if (!read) to.putOpaque(data);
}

const X = 0x78;
const BUS_ID = 177;
const USERNAME = 190;
const REVERSE_PASSWORD = 193;
const VERSION = 235;
