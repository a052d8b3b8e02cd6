import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillIn, type Variables } from '../scenario/variables.ts';
import { Generaliser } from './generalise.ts';

const variables: Variables = new Map([
  ['client.mac', '52:54:00:12:34:56'],
  ['client.ip', '10.188.0.66'],
  ['pxe', '10.188.0.10'],
  ['gateway', '10.188.0.1'],
  ['domain', 'example.com'],
]);
const general = new Generaliser(variables);

describe('Generaliser', () => {
  it.each([
    ['10.188.0.66', '${client.ip}'],
    ['example.com', '${domain}'],
    ['http://10.188.0.10/x?mac=52:54:00:12:34:56', 'http://${pxe}/x?mac=${client.mac}'],
    ['10.188.0.100', '10.188.0.100'],
    ['110.188.0.10', '110.188.0.10'],
    ['10.188.0.10.', '${pxe}.'],
    ['boot.php?mac=${mac}', 'boot.php?mac=$${mac}'],
    ['cut in ${d', 'cut in ${d'],
    ['', ''],
  ])('says "%s" as "%s"', (said, wanted) => {
    expect(general.text(said)).toBe(wanted);
  });

  it('names an address only by a variable, for any other is of one run', () => {
    expect(general.address('10.188.0.10')).toBe('${pxe}');
    expect(general.address('10.188.0.99')).toBeUndefined();
    expect(general.address(undefined)).toBeUndefined();
  });

  it('leaves a pattern open that it cannot say', () => {
    expect(general.pattern('re:x')).toBe('*');
    expect(general.pattern('')).toBe('*');
  });

  it('says every text so that it means the same when its variables are filled in', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(...variables.values(), '${', '}', '$', '/', '.', '='),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const said = pieces.join('');
        const pattern = general.pattern(said);
        if (pattern !== '*') expect(fillIn(pattern, variables)).toBe(said);
      }),
    );
  });
});
