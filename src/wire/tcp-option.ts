/**
 * TCP options: RFC 9293 §3.2 (end, no-operation, MSS), RFC 7323 §2.2 and §3.2 (window scale, timestamps),
 * RFC 2018 §2 and §3 (SACK).
 *
 *   END, NOP  | 00 or 01 |
 *   others    | kind:u8 | length of all three:u8 | value |
 *
 * A list is read up to its end or up to what cannot be an option, which is kept: the header around it is still good.
 */
import { ByteWriter, u16At, u32At } from './bytes.ts';

export type TcpOption =
  /** Ends the list; what is behind it is padding. */
  | { readonly kind: 'end'; readonly padding: Uint8Array }
  | { readonly kind: 'nop' }
  | { readonly kind: 'mss'; readonly mss: number }
  | { readonly kind: 'window-scale'; readonly shift: number }
  | { readonly kind: 'sack-permitted' }
  /** Blocks of received octets: from the first sequence number up to, not including, the second. */
  | { readonly kind: 'sack'; readonly blocks: readonly { readonly left: number; readonly right: number }[] }
  | { readonly kind: 'timestamps'; readonly value: number; readonly echo: number }
  | { readonly kind: 'unknown'; readonly code: number; readonly bytes: Uint8Array }
  /** The rest of the list, from an option whose length is below 2 or reaches beyond the header. */
  | { readonly kind: 'malformed'; readonly bytes: Uint8Array };

const CODE = {
  end: 0,
  nop: 1,
  mss: 2,
  'window-scale': 3,
  'sack-permitted': 4,
  sack: 5,
  timestamps: 8,
} as const;
const NOP: TcpOption = { kind: 'nop' };
const SACK_PERMITTED: TcpOption = { kind: 'sack-permitted' };

/** Never fails: see `malformed`. Octets are views. */
export function parseTcpOptions(bytes: Uint8Array): readonly TcpOption[] {
  const options: TcpOption[] = [];
  let at = 0;
  while (at < bytes.length) {
    const code = bytes[at] as number;
    if (code === CODE.end) {
      options.push({ kind: 'end', padding: bytes.subarray(at + 1) });
      break;
    }
    if (code === CODE.nop) {
      options.push(NOP);
      at++;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    if (length < 2 || at + length > bytes.length) {
      options.push({ kind: 'malformed', bytes: bytes.subarray(at) });
      break;
    }
    options.push(readOption(code, bytes, at + 2, length - 2));
    at += length;
  }
  return options;
}

function readOption(code: number, bytes: Uint8Array, at: number, length: number): TcpOption {
  switch (code) {
    case CODE.mss:
      if (length === 2) return { kind: 'mss', mss: u16At(bytes, at) };
      break;
    case CODE['window-scale']:
      if (length === 1) return { kind: 'window-scale', shift: bytes[at] as number };
      break;
    case CODE['sack-permitted']:
      if (length === 0) return SACK_PERMITTED;
      break;
    case CODE.sack: {
      if (length === 0 || length % 8 !== 0) break;
      const blocks = Array.from({ length: length / 8 }, (_, i) => ({
        left: u32At(bytes, at + 8 * i),
        right: u32At(bytes, at + 8 * i + 4),
      }));
      return { kind: 'sack', blocks };
    }
    case CODE.timestamps:
      if (length === 8) return { kind: 'timestamps', value: u32At(bytes, at), echo: u32At(bytes, at + 4) };
      break;
  }
  return { kind: 'unknown', code, bytes: bytes.subarray(at, at + length) };
}

/** Byte-exact inverse, filled up to a multiple of four with end-of-list octets. Throws WireError for what does not fit. */
export function serializeTcpOptions(options: readonly TcpOption[]): Uint8Array {
  const w = new ByteWriter(40);
  for (const option of options) {
    switch (option.kind) {
      case 'end':
        w.u8('option kind', CODE.end).raw(option.padding);
        break;
      case 'nop':
        w.u8('option kind', CODE.nop);
        break;
      case 'mss':
        w.u8('option kind', CODE.mss).u8('option length', 4).u16('mss', option.mss);
        break;
      case 'window-scale':
        w.u8('option kind', CODE['window-scale']).u8('option length', 3).u8('shift', option.shift);
        break;
      case 'sack-permitted':
        w.u8('option kind', CODE['sack-permitted']).u8('option length', 2);
        break;
      case 'sack':
        w.u8('option kind', CODE.sack).u8('option length', 2 + 8 * option.blocks.length);
        for (const { left, right } of option.blocks) w.u32('left edge', left).u32('right edge', right);
        break;
      case 'timestamps':
        w.u8('option kind', CODE.timestamps).u8('option length', 10);
        w.u32('timestamp value', option.value).u32('timestamp echo reply', option.echo);
        break;
      case 'unknown':
        w.u8('option kind', option.code)
          .u8('option length', 2 + option.bytes.length)
          .raw(option.bytes);
        break;
      case 'malformed':
        w.raw(option.bytes);
        break;
      default:
        option satisfies never;
    }
  }
  return w.zeros((4 - (w.length % 4)) % 4).bytes();
}

/** `mss 1460`; empty for padding. */
export function formatTcpOption(option: TcpOption): string {
  switch (option.kind) {
    case 'end':
    case 'nop':
      return '';
    case 'mss':
      return `mss ${option.mss}`;
    case 'window-scale':
      return `wscale ${option.shift}`;
    case 'sack-permitted':
      return 'sack-permitted';
    case 'sack':
      return `sack ${option.blocks.map(({ left, right }) => `${left}-${right}`).join(' ')}`;
    case 'timestamps':
      return `timestamps ${option.value} ${option.echo}`;
    case 'unknown':
      return `option ${option.code}`;
    case 'malformed':
      return `malformed options, ${option.bytes.length} bytes`;
  }
}
