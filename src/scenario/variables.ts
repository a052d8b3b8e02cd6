/** Values that a scenario may name as `${...}`, for example `client.mac`. A value may become known only during the run. */
export type Variables = ReadonlyMap<string, string>;

/** `$${` stands for a plain `${`: iPXE writes its own variables that way. */
const REFERENCE = /(\$?)\$\{([^}]*)\}/g;

/** Known before the run starts or learned in it: what a scenario may refer to. */
export const VARIABLE_NAMES = [
  'client.mac',
  'client.ip',
  'client.uuid',
  'client.uuid-on-wire',
  'client.manufacturer',
  'client.product',
  'client.serial',
  'client.asset',
  'pxe',
  'gateway',
  'dns',
  'domain',
  'netmask',
] as const;

export type VariableName = (typeof VARIABLE_NAMES)[number];

/** Names of the variables in `text`, in order. */
export function referencesIn(text: string): readonly string[] {
  return [...text.matchAll(REFERENCE)].flatMap(([, dollar, name = '']) => (dollar === '' ? [name] : []));
}

/** The text with its variables filled in, or undefined while one of them has no value yet. */
export function fillIn(text: string, variables: Variables): string | undefined {
  let complete = true;
  const filled = text.replace(REFERENCE, (_, dollar: string, name: string) => {
    if (dollar !== '') return `\${${name}}`;
    const value = variables.get(name);
    if (value === undefined) complete = false;
    return value ?? '';
  });
  return complete ? filled : undefined;
}
