/**
 * Option 94, Client Network Interface Identifier: RFC 4578 §2.2; PXE 2.1 Table 2-1.
 *
 *   | 94 | 3 | type:u8 | major:u8 | minor:u8 |
 */
import { ByteReader, ByteWriter } from '../bytes.ts';
import { type ParseResult, parsing } from '../wire-error.ts';

/** RFC 4578 §2.2: the only type with a meaning. Old ROMs send it for "UNDI (first generation)". */
const UNDI = 1;

export type ClientInterface = {
  readonly type: number;
  readonly major: number;
  readonly minor: number;
  /** Octets after the three, kept. */
  readonly trailing: Uint8Array;
};

export function parseClientInterface(data: Uint8Array): ParseResult<ClientInterface> {
  return parsing(() => {
    const r = new ByteReader(data);
    return {
      type: r.u8('interface type'),
      major: r.u8('interface major'),
      minor: r.u8('interface minor'),
      trailing: r.rest(),
    };
  });
}

/** Throws WireError (WIRE_UNENCODABLE) for a number above 255. */
export function serializeClientInterface(value: ClientInterface): Uint8Array {
  return new ByteWriter(3)
    .u8('interface type', value.type)
    .u8('interface major', value.major)
    .u8('interface minor', value.minor)
    .raw(value.trailing)
    .bytes();
}

/** `UNDI 3.16`, or `type 2, 1.0`. */
export function formatClientInterface({ type, major, minor }: ClientInterface): string {
  return type === UNDI ? `UNDI ${major}.${minor}` : `type ${type}, ${major}.${minor}`;
}
