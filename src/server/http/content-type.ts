/**
 * EDK2 boots a URL only if its suffix or the Content-Type says what it is (HTTP-015, EDK2 HttpBootSupport.c). Text is what a
 * person may want to read in a browser; clients do not look at it.
 */
const TYPES = new Map(
  Object.entries({
    efi: 'application/efi',
    iso: 'application/vnd.efi-iso',
    img: 'application/vnd.efi-img',
    txt: 'text/plain',
    ipxe: 'text/plain',
    cfg: 'text/plain',
    html: 'text/html',
    json: 'application/json',
  }),
);

const UNKNOWN = 'application/octet-stream';

export function contentTypeOf(fileName: string): string {
  const dot = fileName.lastIndexOf('.');
  return TYPES.get(fileName.slice(dot + 1).toLowerCase()) ?? UNKNOWN;
}

/** So much of a file tells what it is. */
export const TYPE_OCTETS = 1024;

/**
 * The type of a file whose name has no suffix: without one EDK2 goes by the type alone, and finds no boot file in
 * `/nbp/x64` unless that is application/efi (HTTP-015). `start`: its first octets.
 */
export function contentTypeOfUnnamed(start: Buffer): string {
  // PE: "MZ", at 60 where the header is, there "PE\0\0", and 92 octets on the subsystem: EFI has 10 to 13.
  if (start.length < 64 || start.toString('latin1', 0, 2) !== 'MZ') return UNKNOWN;
  const header = start.readUInt32LE(60);
  if (header + 94 > start.length || start.toString('latin1', header, header + 4) !== 'PE\0\0') return UNKNOWN;
  const subsystem = start.readUInt16LE(header + 92);
  return subsystem >= 10 && subsystem <= 13 ? 'application/efi' : UNKNOWN;
}
