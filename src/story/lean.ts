import type { Pair, StringPool } from './string-pool.ts';

/** What V8 takes on 64 bits, near enough: object and array headers, slots, texts, numbers of 64 bits. */
const OBJECT = 32;
const SLOT = 8;
const TEXT = 24;
const BIGINT = 24;
/** An Error has its stack with it. */
const ERROR = 1_500;
/** A view of octets, and its buffer. */
const VIEW = 250;

/** Octets of memory, near enough to set a limit by. */
export type Footprint = {
  readonly objects: number;
  /** Of texts that were not in the pool before. */
  readonly texts: number;
};

/**
 * Makes every text in `value`, and every pair of texts, the pool's copy of it, and tells what the value takes by itself.
 * It is plain data without cycles, and nobody's who would mind: only the garbage collector can tell two copies apart.
 */
export function makeLean(value: object, pool: StringPool): Footprint {
  if (value instanceof Error) return { objects: ERROR, texts: 0 };
  if (ArrayBuffer.isView(value)) return { objects: VIEW + value.byteLength, texts: 0 };
  const fields = value as Record<string, unknown>;
  let objects = OBJECT;
  let texts = 0;
  for (const name in fields) {
    const field = fields[name];
    objects += SLOT;
    if (typeof field === 'string') {
      const known = pool.find(field);
      if (known === undefined) texts += TEXT + field.length;
      fields[name] = known ?? pool.add(field);
      continue;
    }
    if (typeof field === 'bigint') objects += BIGINT;
    if (typeof field !== 'object' || field === null) continue;
    const known = isPair(field) ? pool.findPair(field) : undefined;
    if (known !== undefined) {
      fields[name] = known;
      continue;
    }
    const inner = makeLean(field, pool);
    objects += inner.objects;
    texts += inner.texts;
    if (isPair(field)) pool.addPair(field);
  }
  return { objects, texts };
}

/**
 * The same where `older` was made lean before and `value` takes its place: what both share is not looked at again. `objects` is by how
 * much the one takes more than the other, near enough; it may be less.
 */
export function makeLeanAgain(value: object, older: object, pool: StringPool): Footprint {
  const fields = value as Record<string, unknown>;
  const before = older as Record<string, unknown>;
  let objects = 0;
  let texts = 0;
  for (const name in fields) {
    const field = fields[name];
    const was = before[name];
    if (field === was) continue;
    if (typeof field === 'string') {
      const known = pool.find(field);
      if (known === undefined) texts += TEXT + field.length;
      fields[name] = known ?? pool.add(field);
    } else if (isPlain(field) && isPlain(was)) {
      const inner = makeLeanAgain(field, was, pool);
      objects += inner.objects;
      texts += inner.texts;
    } else if (isObject(field) || isObject(was)) {
      const now = { field };
      const footprint = makeLean(now, pool);
      fields[name] = now.field;
      objects += footprint.objects - sizeOf({ field: was });
      texts += footprint.texts;
    }
  }
  return { objects, texts };
}

/** What makeLean would say of it, had nobody else a part in it. */
function sizeOf(value: object): number {
  if (value instanceof Error) return ERROR;
  if (ArrayBuffer.isView(value)) return VIEW + value.byteLength;
  let objects = OBJECT;
  for (const field of Object.values(value)) {
    objects += SLOT;
    if (typeof field === 'bigint') objects += BIGINT;
    else if (typeof field === 'object' && field !== null) objects += sizeOf(field);
  }
  return objects;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isPlain(value: unknown): value is object {
  return isObject(value) && !Array.isArray(value) && !ArrayBuffer.isView(value) && !(value instanceof Error);
}

function isPair(value: object): value is Pair {
  return (
    Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && typeof value[1] === 'string'
  );
}
