import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { jsonSchemas, SCHEMAS_FOLDER, type SchemaName } from './write-schemas.ts';

const ROOT = dirname(SCHEMAS_FOLDER);
/** Every YAML file that a user may copy and edit, by what it is. */
const FILES: Readonly<Record<SchemaName, readonly string[]>> = {
  scenario: globSync(['scenarios/**/*.yaml', 'examples/*/scenarios/**/*.yaml'], { cwd: ROOT }),
  server: globSync(['servers/*/server.yaml', 'examples/*/server.yaml'], { cwd: ROOT }),
  firmware: globSync('vm/firmware/*.yaml', { cwd: ROOT }),
  link: globSync('links/*.yaml', { cwd: ROOT }),
  'reference-server': globSync(['servers/{reference*,two-servers}/pxe*.yaml', 'examples/*/pxe.yaml'], {
    cwd: ROOT,
  }),
  'reference-orders': globSync('examples/*/orders.yaml', { cwd: ROOT }),
  // Written by `compare --write-profile`; src/cli/compare.test.ts reads them back.
  profile: [],
};
const all = Object.entries(FILES).flatMap(([name, files]) => files.map((file) => ({ name, file })));

const MODELINE = /^# yaml-language-server: \$schema=(\S+)\n/;

/** Every field of a schema, with its path. */
function* fieldsOf(schema: unknown, path = ''): Generator<readonly [string, { description?: string }]> {
  if (schema === null || typeof schema !== 'object') return;
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') {
      for (const [name, field] of Object.entries(value as Record<string, { description?: string }>)) {
        yield [`${path}.${name}`, field];
        yield* fieldsOf(field, `${path}.${name}`);
      }
    } else yield* fieldsOf(value, path);
  }
}

describe('schemas/', () => {
  it.each(Object.entries(jsonSchemas()))('%s is what the code says', (file, schema) => {
    const written: unknown = JSON.parse(readFileSync(join(SCHEMAS_FOLDER, file), 'utf8'));
    expect(written, 'stale: run "node tools/write-schemas.ts"').toEqual(schema);
  });

  it.each(Object.entries(jsonSchemas()))('%s says of every field what it is', (_, schema) => {
    const silent = [...fieldsOf(schema)].filter(([, { description }]) => description === undefined);
    expect(silent.map(([path]) => path)).toEqual([]);
  });

  it('are for every YAML file that somebody may copy and edit', () => {
    const yaml = globSync('{scenarios,servers,vm,links,examples}/**/*.yaml', { cwd: ROOT });
    expect(all.map(({ file }) => file).sort()).toEqual(yaml.sort());
  });

  it.each(all)('$file names its schema, and is what that says', ({ name, file }) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    const [, reference = ''] = MODELINE.exec(text) ?? [];
    const named = resolve(ROOT, dirname(file), reference);
    expect(relative(ROOT, named)).toBe(`schemas/${name}.schema.json`);

    const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(
      JSON.parse(readFileSync(named, 'utf8')),
    );
    expect(validate(parse(text)), JSON.stringify(validate.errors, null, 2)).toBe(true);
  });

  it.each([
    { name: 'an unknown key', change: { titel: 'x' } },
    { name: 'a step that is none', change: { expect: [{ dhpc: 'offer' }] } },
    { name: 'a value that cannot be', change: { expect: [{ dhcp: 'offr' }] } },
    { name: 'a step without its own key', change: { never: [{ after: 'ipxe' }] } },
    { name: 'a count that is none', change: { exactly: [{ tftp: '*', times: -1 }] } },
  ])('show an editor $name', ({ change }) => {
    const scenario = {
      title: 'x',
      servers: ['seed'],
      client: { firmware: 'bios-ipxe', mac: '00:12:34:56:78:90' },
      expect: [{ dhcp: 'offer', to: 'ipxe' }],
    };
    const validate = new Ajv().compile(jsonSchemas()['scenario.schema.json'] ?? {});
    expect(validate(scenario)).toBe(true);
    expect(validate({ ...scenario, ...change })).toBe(false);
  });
});
