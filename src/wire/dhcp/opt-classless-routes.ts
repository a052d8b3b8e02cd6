/**
 * Option 121, Classless Static Route: RFC 3442. Option 249 is Microsoft's, of the same form.
 *
 *   | 121 | n | ( width:u8 significant-octets-of-destination router:4 )* |
 *
 * Only the octets that the width needs are there: 0 for 0.0.0.0/0, 1 for /1 to /8, and so on.
 */
import { type Ipv4Address, ipv4FromBytes, ipv4ToBytes } from '../address.ts';
import { type ParseResult, WireError } from '../wire-error.ts';

export type ClasslessRoute = {
  readonly destination: Ipv4Address;
  /** 0 to 32. */
  readonly width: number;
  /** 0.0.0.0: the destination is on the link. */
  readonly router: Ipv4Address;
};

const significantOctets = (width: number): number => Math.ceil(width / 8);

/** WIRE_TRUNCATED where a route is cut, or has a width above 32, of which no length is known. */
export function parseClasslessRoutes(data: Uint8Array): ParseResult<readonly ClasslessRoute[]> {
  const routes: ClasslessRoute[] = [];
  let at = 0;
  while (at < data.length) {
    const width = data[at] ?? 0;
    const octets = significantOctets(width);
    const need = 1 + octets + 4;
    if (width > 32 || data.length - at < need) {
      const problem =
        width > 32 ? `wanted a width up to 32, got ${width}` : `need ${need} bytes, have ${data.length - at}`;
      return { ok: false, error: new WireError('WIRE_TRUNCATED', at, 'classless route', problem) };
    }
    const destination = new Uint8Array(4);
    destination.set(data.subarray(at + 1, at + 1 + octets));
    routes.push({
      destination: ipv4FromBytes(destination),
      width,
      router: ipv4FromBytes(data, at + 1 + octets),
    });
    at += need;
  }
  return { ok: true, value: routes };
}

/** Throws WireError (WIRE_UNENCODABLE) for a width that is none, and for a destination with octets beyond it. */
export function classlessRoutesOption(routes: readonly ClasslessRoute[]): Uint8Array {
  return Buffer.concat(
    routes.map(({ destination, width, router }) => {
      if (!Number.isInteger(width) || width < 0 || width > 32)
        throw new WireError('WIRE_UNENCODABLE', 0, 'width', `wanted 0 to 32, got ${width}`);
      const octets = ipv4ToBytes(destination);
      const significant = significantOctets(width);
      if (octets.subarray(significant).some((octet) => octet !== 0))
        throw new WireError(
          'WIRE_UNENCODABLE',
          0,
          'destination',
          `wanted zeros beyond /${width}, got ${destination}`,
        );
      return Buffer.of(width, ...octets.subarray(0, significant), ...ipv4ToBytes(router));
    }),
  );
}

/** `10.0.0.0/8 via 10.188.0.1` */
export function formatClasslessRoute({ destination, width, router }: ClasslessRoute): string {
  return `${destination}/${width} via ${router}`;
}
