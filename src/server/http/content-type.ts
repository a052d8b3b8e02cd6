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

export function contentTypeOf(fileName: string): string {
  const dot = fileName.lastIndexOf('.');
  return TYPES.get(fileName.slice(dot + 1).toLowerCase()) ?? 'application/octet-stream';
}
