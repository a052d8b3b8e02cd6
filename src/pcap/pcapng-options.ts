import { WireError } from '../wire/wire-error.ts';
import { OPTION, padded } from './pcapng-block.ts';
import type { Window } from './window.ts';

export type PcapngOption = {
  readonly code: number;
  readonly value: DataView;
  /** Offset in the capture of the value's first octet. */
  readonly offset: number;
};

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const NO_OPTIONS: readonly PcapngOption[] = [];

/**
 * The options between two indices of the window's bytes, in file order. opt_endofopt may be missing (the draft lets
 * the block's end do); what stands behind it is passed over. Throws WireError for an option that leaves its block.
 */
export function readOptions(
  window: Window,
  start: number,
  end: number,
  littleEndian: boolean,
): readonly PcapngOption[] {
  if (start >= end) return NO_OPTIONS;
  const { bytes, view, base } = window;
  const options: PcapngOption[] = [];
  for (let at = start; at < end; ) {
    if (end - at < 4) {
      throw new WireError(
        'WIRE_MALFORMED',
        base + at,
        'option',
        `need 4 bytes, the block has ${end - at} left`,
      );
    }
    const code = view.getUint16(at, littleEndian);
    if (code === OPTION.end) break;
    const length = view.getUint16(at + 2, littleEndian);
    const valueAt = at + 4;
    if (length > end - valueAt) {
      throw new WireError(
        'WIRE_MALFORMED',
        base + at + 2,
        'option length',
        `wanted at most the ${end - valueAt} bytes left in the block, got ${length} for option ${code}`,
      );
    }
    options.push({
      code,
      value: new DataView(bytes.buffer, bytes.byteOffset + valueAt, length),
      offset: base + valueAt,
    });
    at = valueAt + padded(length);
  }
  return options;
}

function optionText(option: PcapngOption): string {
  return utf8.decode(option.value);
}

export function optionTexts(options: readonly PcapngOption[], code: number): readonly string[] {
  return options.filter((option) => option.code === code).map(optionText);
}

/** The value of the first option with this code, whose length the draft fixes. Throws WireError for another length. */
export function fixedOption(
  options: readonly PcapngOption[],
  code: number,
  field: string,
  length: number,
): DataView | undefined {
  const option = options.find((candidate) => candidate.code === code);
  if (option === undefined) return undefined;
  if (option.value.byteLength !== length) {
    throw new WireError(
      'WIRE_MALFORMED',
      option.offset,
      field,
      `wanted ${length} ${length === 1 ? 'byte' : 'bytes'}, got ${option.value.byteLength}`,
    );
  }
  return option.value;
}
