import { latin1, u16At } from '../wire/bytes.ts';
import { parseDns } from '../wire/dns.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import { putName } from './scrub-names.ts';
import { scrubText } from './scrub-text.ts';

const HEADER = 12;
const RECORD_HEAD = 10;
const TYPE = {
  a: 1,
  ns: 2,
  cname: 5,
  soa: 6,
  ptr: 12,
  mx: 15,
  txt: 16,
  aaaa: 28,
  srv: 33,
  dname: 39,
  opt: 41,
} as const;

/** A DNS message in place. False where it is none that can be read: then nothing was changed. */
export function scrubDns(bytes: Uint8Array, to: Pseudonyms): boolean {
  const parsed = parseDns(bytes);
  if (!parsed.ok) return false;
  const original = bytes.slice();
  let at = HEADER;
  for (let i = u16At(original, 4); i > 0; i--) at = putName(bytes, original, at, to) + 4;
  const records = u16At(original, 6) + u16At(original, 8) + u16At(original, 10);
  for (let i = records; i > 0; i--) at = scrubRecord(bytes, original, putName(bytes, original, at, to), to);
  to.putOpaque(bytes.subarray(at));
  return true;
}

function scrubRecord(bytes: Uint8Array, original: Uint8Array, head: number, to: Pseudonyms): number {
  const at = head + RECORD_HEAD;
  const end = at + u16At(original, head + 8);
  const data = bytes.subarray(at, end);
  switch (u16At(original, head)) {
    case TYPE.a:
      to.putIpv4(data);
      break;
    case TYPE.aaaa:
      to.putIpv6(data);
      break;
    case TYPE.ns:
    case TYPE.cname:
    case TYPE.ptr:
    case TYPE.dname:
      putName(bytes, original, at, to);
      break;
    case TYPE.mx:
      putName(bytes, original, at + 2, to);
      break;
    case TYPE.srv:
      putName(bytes, original, at + 6, to);
      break;
    case TYPE.soa:
      putName(bytes, original, putName(bytes, original, at, to), to);
      break;
    case TYPE.txt:
      for (let text = 0; text < data.length; text += 1 + (data[text] as number)) {
        const string = data.subarray(text + 1, text + 1 + (data[text] as number));
        string.set(Buffer.from(to.opaque(scrubText(latin1(string), to)), 'latin1'));
      }
      break;
    case TYPE.opt:
      // Cookies and client subnets (RFC 7871) among them: nothing of it matters to a boot.
      for (let option = 0; option + 4 <= data.length; option += 4 + u16At(data, option + 2))
        data.fill(0, option + 4, option + 4 + u16At(data, option + 2));
      break;
    default:
      to.putOpaque(data);
  }
  return end;
}
