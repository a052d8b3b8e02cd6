/**
 * A reader of Prometheus' text format, stricter than Prometheus: what is not in the specification is an error.
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details
 */
export type ReadFamily = {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: readonly {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
  }[];
};

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*';
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: [''],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
};

/** Throws Error with the line that is wrong. */
export function readExposition(text: string): ReadonlyMap<string, ReadFamily> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map<string, ReadFamily & { samples: ReadFamily['samples'][number][] }>();
  let current: (ReadFamily & { samples: ReadFamily['samples'][number][] }) | undefined;
  let help: { readonly name: string; readonly text: string } | undefined;
  const seen = new Set<string>();
  for (const line of text.slice(0, -1).split('\n')) {
    const wrong = (why: string): Error => new Error(`${why}: ${line}`);
    const helpLine = new RegExp(`^# HELP (${NAME}) (.*)$`, 's').exec(line);
    const typeLine = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram)$`).exec(line);
    if (helpLine !== null) {
      if (/\\[^\\n]/.test((helpLine[2] ?? '').replaceAll('\\\\', ''))) throw wrong('an escape that is none');
      help = { name: helpLine[1] ?? '', text: helpLine[2] ?? '' };
      continue;
    }
    if (typeLine !== null) {
      const [, name = '', type = ''] = typeLine;
      if (help?.name !== name) throw wrong('TYPE without its HELP');
      if (families.has(name)) throw wrong('a family in two places');
      if (type === 'counter' && !name.endsWith('_total')) throw wrong('a counter that is not called _total');
      current = { name, help: help.text, type, samples: [] };
      families.set(name, current);
      continue;
    }
    const sample = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`, 's').exec(line);
    if (sample === null || current === undefined) throw wrong('no sample');
    const [, name = '', labelText = '', valueText = ''] = sample;
    if (!(SUFFIXES[current.type] ?? []).some((suffix) => current?.name + suffix === name))
      throw wrong('a sample of another family');
    const labels: Record<string, string> = {};
    let rest = labelText;
    while (rest !== '') {
      const pair = new RegExp(`^(${LABEL})="((?:[^"\\\\]|\\\\["\\\\n])*)"(,(?=.)|$)`, 's').exec(rest);
      if (pair === null) throw wrong('labels');
      labels[pair[1] ?? ''] = (pair[2] ?? '').replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c));
      rest = rest.slice(pair[0].length);
    }
    if (!/^([+-]?(\d+(\.\d+)?(e[+-]?\d+)?|Inf)|NaN)$/i.test(valueText)) throw wrong('a value');
    const value = Number(valueText.replace('Inf', 'Infinity'));
    if (current.type !== 'gauge' && !(value >= 0)) throw wrong('a count below 0');
    const series = `${name} ${JSON.stringify(Object.entries(labels).sort())}`;
    if (seen.has(series)) throw wrong('a series twice');
    seen.add(series);
    current.samples.push({ name, labels, value });
  }
  for (const family of families.values()) if (family.type === 'histogram') checkHistogram(family);
  return families;
}

function checkHistogram({ name, samples }: ReadFamily): void {
  const buckets = samples.filter((sample) => sample.name === `${name}_bucket`);
  const bounds = buckets.map(({ labels }) => Number(labels.le?.replace('Inf', 'Infinity')));
  if (bounds.at(-1) !== Number.POSITIVE_INFINITY) throw new Error(`${name}: no bucket +Inf`);
  for (let at = 1; at < buckets.length; at++) {
    if (!((bounds[at] ?? 0) > (bounds[at - 1] ?? 0))) throw new Error(`${name}: buckets do not rise`);
    if ((buckets[at]?.value ?? 0) < (buckets[at - 1]?.value ?? 0))
      throw new Error(`${name}: buckets are not cumulative`);
  }
  const count = samples.find((sample) => sample.name === `${name}_count`)?.value;
  if (count !== buckets.at(-1)?.value) throw new Error(`${name}: _count is not the bucket +Inf`);
  if (samples.every((sample) => sample.name !== `${name}_sum`)) throw new Error(`${name}: no _sum`);
}
