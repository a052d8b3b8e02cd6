import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv4FromNumber } from '../wire/address.ts';
import { Flows } from './flows.ts';

describe('Flows', () => {
  it('tells the ports and both keys of a flow, whichever others it has seen', () => {
    const flows = new Flows();
    // Few values, so that some share a place.
    const port = fc.constantFrom(0, 67, 69, 1_069, 2_093, 65_535);
    const ip = fc.constantFrom(0x0abc000a, 0x0abc0042, 0x0a00000a, 0, 0xffffffff).map(ipv4FromNumber);
    fc.assert(
      fc.property(ip, port, ip, port, (source, sourcePort, destination, destinationPort) => {
        const flow = flows.of(source, sourcePort, destination, destinationPort);

        expect(flow.source).toEqual({ ip: source, port: sourcePort });
        expect(flow.destination).toEqual({ ip: destination, port: destinationPort });
        expect(flow.key).toBe(`${source} ${sourcePort} ${destination} ${destinationPort}`);
        expect(flow.reversedKey).toBe(flows.of(destination, destinationPort, source, sourcePort).key);
      }),
      { numRuns: 1_000 },
    );
  });

  it('makes nothing anew for the next packet of a flow', () => {
    const flows = new Flows();
    const [here, there] = [ipv4FromNumber(0x0abc000a), ipv4FromNumber(0x0abc0042)];

    expect(flows.of(here, 69, there, 2_070)).toBe(flows.of(here, 69, there, 2_070));
  });
});
