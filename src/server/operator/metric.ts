/**
 * Counters and histograms, and Prometheus' text format for them:
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */

export type Sample = {
  /** After the family's name: `_bucket`, `_sum`, `_count`, or nothing. */
  readonly suffix?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

export type Family = {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: readonly Sample[];
};

/** Series of one family. What comes beyond that is counted as `other`: labels may hold what clients say. */
const MAX_SERIES = 200;
const OTHER = 'other';

export class Counter {
  readonly #name: string;
  readonly #help: string;
  readonly #labels: readonly string[];
  readonly #series = new Map<string, { readonly values: readonly string[]; count: number }>();

  /** Without labels it is there from the start, as 0. */
  constructor(name: string, help: string, labels: readonly string[] = []) {
    this.#name = name;
    this.#help = help;
    this.#labels = labels;
    if (labels.length === 0) this.add([], 0);
  }

  add(values: readonly string[], by = 1): void {
    const key = values.join('\0');
    const known = this.#series.get(key);
    if (known !== undefined) {
      known.count += by;
    } else if (this.#series.size < MAX_SERIES || values.every((value) => value === OTHER)) {
      this.#series.set(key, { values, count: by });
    } else {
      this.add(
        this.#labels.map(() => OTHER),
        by,
      );
    }
  }

  family(): Family {
    const samples = Array.from(this.#series.values(), ({ values, count }) => ({
      labels: Object.fromEntries(this.#labels.map((label, at) => [label, values[at] ?? ''])),
      value: count,
    }));
    return { name: this.#name, help: this.#help, type: 'counter', samples };
  }
}

export class Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;

  /** `bounds`: upper ends of the buckets, rising, without +Inf. */
  constructor(name: string, help: string, bounds: readonly number[]) {
    this.#name = name;
    this.#help = help;
    this.#bounds = bounds;
    this.#counts = [...bounds, Number.POSITIVE_INFINITY].map(() => 0);
  }

  observe(value: number): void {
    const at = this.#bounds.findIndex((bound) => value <= bound);
    const bucket = at < 0 ? this.#bounds.length : at;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
  }

  family(): Family {
    let below = 0;
    const buckets = this.#counts.map((count, at): Sample => {
      below += count;
      const bound = this.#bounds[at];
      return {
        suffix: '_bucket',
        labels: { le: bound === undefined ? '+Inf' : String(bound) },
        value: below,
      };
    });
    const samples: readonly Sample[] = [
      ...buckets,
      { suffix: '_sum', labels: {}, value: this.#sum },
      { suffix: '_count', labels: {}, value: below },
    ];
    return { name: this.#name, help: this.#help, type: 'histogram', samples };
  }
}

export function gauge(name: string, help: string, samples: readonly Sample[] | number): Family {
  const list = typeof samples === 'number' ? [{ labels: {}, value: samples }] : samples;
  return { name, help, type: 'gauge', samples: list };
}

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** The text that Prometheus reads. Families without samples are left out. */
export function exposition(families: readonly Family[]): string {
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(
      ({ name, help, type, samples }) =>
        `# HELP ${name} ${escapedHelp(help)}\n# TYPE ${name} ${type}\n${samples
          .map(({ suffix = '', labels, value }) => `${name}${suffix}${labelText(labels)} ${number(value)}\n`)
          .join('')}`,
    )
    .join('');
}

function labelText(labels: Sample['labels']): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapedLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const escapedHelp = (text: string): string => text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
const escapedLabel = (text: string): string => escapedHelp(text).replace(/"/g, '\\"');

function number(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}
