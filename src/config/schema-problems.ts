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
    case 'invalid_type':
      return [
        value === undefined
          ? { path, message: `missing; wanted ${issue.expected}`, hint: undefined }
          : { path, message: `wanted ${issue.expected}, got ${show(value)}`, hint: undefined },
      ];
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
  const first = isRecord(value) ? Object.keys(value)[0] : undefined;
  if (kinds.length > 0 && first !== undefined) {
    const message = `wanted one of ${kinds.join(', ')}; got "${first}"`;
    return [{ path: [...path, first], message, hint: suggestion(first, kinds) }];
  }
  return [
    {
      path,
      message: `${issue.message.replace(/^Invalid input$/, 'wanted another form')}; got ${show(value)}`,
      hint: undefined,
    },
  ];
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
