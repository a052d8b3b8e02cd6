import { describe, expect, it } from 'vitest';
import { Boot, PXE_BIOS } from '../../story/testing/boot.ts';
import { judge } from '../testing/fixtures.ts';
import { LOOKUP_CHECKS } from './lookups.ts';

const MISS = 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n';
const HIT = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nHIT\n';
const MAC = '01-00-12-34-56-78-90';

/** pxelinux of the wire's client, 10.188.0.66, that asks for these names; `+` before one that is there. */
function lookups(...names: readonly string[]) {
  const boot = new Boot().dora(PXE_BIOS, { file: 'pxelinux.0' });
  for (const name of names) {
    boot.http(`/pxelinux.cfg/${name.replace('+', '')}`, name.startsWith('+') ? HIT : MISS);
  }
  return boot.story();
}

describe('LOOKUP_CHECKS', () => {
  judge(LOOKUP_CHECKS, {
    'pxelinux.lookup.order': {
      passes: [
        lookups(MAC, '0ABC0042', '0ABC004', '0ABC00', '0ABC0', '0ABC', '0AB', '0A', '0', '+default'),
        lookups(`+${MAC}`),
      ],
      fails: [lookups('0ABC0042', MAC, 'default'), lookups(MAC, '0ABC0', '0ABC00', 'default')],
      doesNotApply: [lookups()],
    },
  });

  it('cannot tell the order of names that are not of this client', () => {
    const [order] = LOOKUP_CHECKS;
    expect(order?.evaluate(lookups('C0000201')).outcome).toBe('inconclusive');
  });
});
