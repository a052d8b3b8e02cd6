import { z } from 'zod';
import { didYouMean } from './nearest.ts';

export type FieldPath = readonly PropertyKey[];
export type SchemaProblem = {
  readonly path: FieldPath;
  readonly message: string;
  readonly hint: string | undefined;
};

type Issue = z.core.$ZodIssue;

/** Zod's issues as sentences: *wanted X, got Y*, with the nearest valid name. */
export function problemsOf(
  issues: readonly Issue[],
  raw: unknown,
  schema: z.ZodType,
): readonly SchemaProblem[] {
  return issues.flatMap((issue) => problemsOfIssue(issue, raw, schema, []));
}

function problemsOfIssue(
  issue: Issue,
  raw: unknown,
  schema: z.ZodType,
  base: FieldPath,
): readonly SchemaProblem[] {
  const path = [...base, ...issue.path];
  const value = valueAt(raw, path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const valid = keysOf(meantBranch(schemaAt(schema, issue.path), value));
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: `unknown key "${key}"`,
        hint: didYouMean(key, valid),
      }));
    }
    case 'invalid_union':
      return problemsOfUnion(issue, raw, schema, path);
    case 'invalid_value': {
      const wanted = issue.values.map(String);
      return [
        {
          path,
          message: `wanted one of ${wanted.join(', ')}; got ${show(value)}`,
          hint: typeof value === 'string' ? suggestion(value, wanted) : undefined,
        },
      ];
    }
    case 'invalid_type': {
      const wanted = YAML_WORDS[issue.expected] ?? issue.expected;
      const message =
        value === undefined ? `missing; wanted ${wanted}` : `wanted ${wanted}, got ${show(value)}`;
      return [{ path, message, hint: undefined }];
    }
    case 'too_small':
    case 'too_big':
      return [{ path, message: `${limitOf(issue)}; got ${show(value)}`, hint: undefined }];
    case 'invalid_key':
    case 'invalid_element':
      return issue.issues.flatMap((inner) => problemsOfIssue(inner, raw, schema, path));
    default: {
      const said = issue.message.startsWith('wanted')
        ? issue.message
        : issue.message.replace(/^Invalid input: /, '');
      return [{ path, message: `${said}; got ${show(value)}`, hint: undefined }];
    }
  }
}

/**
 * A union says why no branch fits. The reader wants to know about the branch that was meant: the one whose own key
 * (its first) stands in the value.
 */
function problemsOfUnion(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  raw: unknown,
  schema: z.ZodType,
  path: FieldPath,
): readonly SchemaProblem[] {
  const value = valueAt(raw, path);
  const union = schemaAt(schema, issue.path);
  const branch = meantBranch(union, value);
  const errors = union instanceof z.ZodUnion ? issue.errors[union.options.indexOf(branch)] : undefined;
  if (errors !== undefined) {
    return errors.flatMap((error) =>
      problemsOfIssue(error, value, branch, []).map((problem) => ({
        ...problem,
        path: [...path, ...problem.path],
      })),
    );
  }
  const kinds = leadingKeys(union);
  const words = wordsOf(union);
  if (typeof value === 'string' && words.length > 0) {
    const others = kinds.length > 0 ? `, or a mapping with one of ${kinds.join(', ')}` : '';
    const message = `wanted one of ${words.join(', ')}${others}; got ${show(value)}`;
    return [{ path, message, hint: suggestion(value, [...words, ...kinds]) }];
  }
  const first = isRecord(value) ? Object.keys(value)[0] : undefined;
  if (kinds.length > 0 && first !== undefined) {
    const message = `wanted one of ${kinds.join(', ')}; got "${first}"`;
    return [{ path: [...path, first], message, hint: suggestion(first, kinds) }];
  }
  const wanted =
    kinds.length > 0 ? `wanted a mapping with one of ${kinds.join(', ')}` : 'wanted another form';
  return [{ path, message: `${wanted}; got ${show(value)}`, hint: undefined }];
}

/** What zod calls the kinds of values, in the words of somebody who writes YAML. */
const YAML_WORDS: Readonly<Record<string, string>> = {
  object: 'a mapping (key: value)',
  record: 'a mapping (key: value)',
  array: 'a list ([a, b], or lines that begin with "- ")',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

/** `wanted a number above 0`, `wanted at least 1 entry`, `wanted at most 200 characters`. */
function limitOf(issue: Extract<Issue, { code: 'too_small' | 'too_big' }>): string {
  const small = issue.code === 'too_small';
  const limit = small ? issue.minimum : issue.maximum;
  const numeric = issue.origin === 'number' || issue.origin === 'int' || issue.origin === 'bigint';
  if (numeric && issue.inclusive === false) return `wanted a number ${small ? 'above' : 'below'} ${limit}`;
  if (!numeric && small && Number(limit) === 1)
    return issue.origin === 'string' ? 'wanted a text that is not empty' : 'wanted at least one entry';
  const unit = numeric ? '' : issue.origin === 'string' ? ' characters' : ' entries';
  return `wanted at ${small ? 'least' : 'most'} ${limit}${unit}`;
}

/** A branch of a union of objects is known by its own key, the first: `dhcp`, `tftp`. Anything else is its own branch. */
function meantBranch(schema: z.ZodType, value: unknown): z.ZodType {
  if (!(schema instanceof z.ZodUnion) || !isRecord(value)) return schema;
  const branches = schema.options as readonly z.ZodType[];
  const present = Object.keys(value);
  return branches.find((branch) => present.includes(keysOf(branch)[0] ?? '')) ?? schema;
}

function leadingKeys(schema: z.ZodType): readonly string[] {
  if (!(schema instanceof z.ZodUnion)) return [];
  return (schema.options as readonly z.ZodType[]).flatMap((branch) => keysOf(branch).slice(0, 1));
}

/** The single words that a union takes besides its mappings. */
function wordsOf(schema: z.ZodType): readonly string[] {
  if (schema instanceof z.ZodEnum) return schema.options.map(String);
  if (schema instanceof z.ZodLiteral) return Array.from(schema.values, String);
  return schema instanceof z.ZodUnion ? (schema.options as readonly z.ZodType[]).flatMap(wordsOf) : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function suggestion(name: string, valid: readonly string[]): string | undefined {
  const said = didYouMean(name, valid);
  return said.startsWith('did') ? said : undefined;
}

function valueAt(raw: unknown, path: FieldPath): unknown {
  let value = raw;
  for (const part of path) {
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

/** The schema that a path leads to, through optionals, arrays, records and objects; itself where it leads nowhere. */
function schemaAt(schema: z.ZodType, path: FieldPath): z.ZodType {
  let at = unwrap(schema);
  for (const part of path) {
    if (at instanceof z.ZodObject) at = unwrap((at.shape as Record<PropertyKey, z.ZodType>)[part] ?? at);
    else if (at instanceof z.ZodArray) at = unwrap(at.element as z.ZodType);
    else if (at instanceof z.ZodRecord) at = unwrap(at.valueType as z.ZodType);
    else return at;
  }
  return at;
}

function unwrap(schema: z.ZodType): z.ZodType {
  let at = schema;
  while (at instanceof z.ZodOptional || at instanceof z.ZodDefault || at instanceof z.ZodNullable)
    at = at.unwrap() as z.ZodType;
  return at;
}

function keysOf(schema: z.ZodType): readonly string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
