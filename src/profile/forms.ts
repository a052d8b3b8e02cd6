/** How something is made, where what it says would name a machine, a person or a network. */
import { latin1, u16At, u32At } from '../wire/bytes.ts';

const UUID = /(?<![0-9a-z])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-z])/gi;
const MAC =
  /(?<![0-9a-z])(?:[0-9a-f]{2}(?:(?::|-|%3a)[0-9a-f]{2}){5,}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}|[0-9a-f]{12})(?![0-9a-z])/gi;
const IPV4 = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\d|\.\d)/g;
const IPV6 = /(?<![0-9a-z:])(?=[0-9a-f:]*::)[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![0-9a-z:])/gi;
const IQN = /\biqn\.\d{4}-\d{2}\.[!-~]+/gi;
const HOST = /(?<=:\/\/)[^\s/"']+/g;
/** Eight letters and digits or more, half of them digits. Model names and versions are shorter, or have dots. */
const SERIAL = /(?<![0-9a-z])(?=[0-9a-z]*(?:\d[a-z]*){4})[0-9a-z]{8,}(?![0-9a-z])/gi;
/** Longer texts say nothing that is not said in their beginning. */
const LONGEST = 200;

/** A program's own words, without what in them may be one machine's or one network's. */
export function generalText(text: string): string {
  return text
    .slice(0, LONGEST)
    .replace(UUID, '<uuid>')
    .replace(IQN, '<iqn>')
    .replace(HOST, '<host>')
    .replace(MAC, '<address>')
    .replace(IPV4, '<address>')
    .replace(IPV6, '<address>')
    .replace(/[^\x20-\x7e]+/g, '<octets>');
}

/** The same for a vendor class, where switches and phones put their serial numbers. */
export function vendorClassForm(text: string): string {
  return generalText(text).replace(SERIAL, (token) =>
    (token.match(/\d/g)?.length ?? 0) * 2 >= token.length ? '<serial>' : token,
  );
}

/** iPXE's class and its kin's tell which program speaks; others are an administrator's own. */
export function userClassForm(text: string): string {
  return /[ig]PXE|PXEClient|HTTPClient/.test(text) ? generalText(text) : 'another name';
}

export function octetsForm(data: Uint8Array): string {
  return data.length === 0 ? 'empty' : data.length === 1 ? '1 octet' : `${data.length} octets`;
}

/** RFC 8415 §11; type 4: RFC 6355. */
export function duidForm(duid: Uint8Array): string {
  const type = duid.length < 2 ? 0 : u16At(duid, 0);
  switch (type) {
    case 1:
      return `DUID-LLT, hardware type ${u16At(duid, 2)}`;
    case 2:
      return `DUID-EN, enterprise ${duid.length < 6 ? 'absent' : u32At(duid, 2)}, ${duid.length} octets`;
    case 3:
      return `DUID-LL, hardware type ${u16At(duid, 2)}`;
    case 4:
      return 'DUID-UUID';
    default:
      return `DUID of type ${type}, ${duid.length} octets`;
  }
}

export function textOf(data: Uint8Array): string {
  return latin1(data).replace(/\0+$/, '');
}
