import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Counter, exposition, gauge, Histogram } from './metric.ts';
import { readExposition } from './testing/read-exposition.ts';

describe('exposition', () => {
  it('writes HELP, TYPE and samples, with everything escaped that has to be', () => {
    const orders = new Counter('orders_total', 'Back\\slash\nand line.', ['rule']);
    orders.add(['a "b" \\ \n c'], 2);
    expect(exposition([orders.family()])).toBe(
      '# HELP orders_total Back\\\\slash\\nand line.\n# TYPE orders_total counter\norders_total{rule="a \\"b\\" \\\\ \\n c"} 2\n',
    );
  });

  it('writes what a reader of the format reads back, whatever the labels', () => {
    const label = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(label, label)),
        fc.array(fc.double({ min: 0, max: 1e9, noNaN: true })),
        fc.double(),
        (pairs, times, level) => {
          const counter = new Counter('c_total', 'c', ['a', 'b']);
          for (const pair of pairs) counter.add(pair);
          const histogram = new Histogram('h', 'h', [0.1, 1, 10]);
          for (const time of times) histogram.observe(time);
          const read = readExposition(
            exposition([counter.family(), histogram.family(), gauge('g', 'g', level)]),
          );
          const wanted = new Map<string, number>();
          for (const pair of pairs)
            wanted.set(JSON.stringify(pair), (wanted.get(JSON.stringify(pair)) ?? 0) + 1);
          const got = read
            .get('c_total')
            ?.samples.map(({ labels, value }) => [JSON.stringify([labels.a, labels.b]), value] as const);
          expect(new Map(got)).toEqual(wanted);
          expect(read.get('h')?.samples.at(-1)?.value).toBe(times.length);
          expect(read.get('g')?.samples[0]?.value).toEqual(Object.is(level, -0) ? 0 : level);
        },
      ),
    );
  });
});

describe('Counter', () => {
  it('is there as 0 without labels', () => {
    expect(exposition([new Counter('n_total', 'n').family()])).toContain('\nn_total 0\n');
  });

  it('counts what would be the 201st series as other: a client cannot make it grow', () => {
    const counter = new Counter('n_total', 'n', ['name']);
    for (let n = 0; n < 1000; n++) counter.add([`client ${n}`]);
    const { samples } = counter.family();
    expect(samples).toHaveLength(201);
    expect(samples.at(-1)).toEqual({ labels: { name: 'other' }, value: 800 });
  });
});
