/**
 * Writes schemas/: `node tools/write-schemas.ts`, after a change to the shape of a YAML file. Editors read them through
 * the line `# yaml-language-server: $schema=...` that stands on top of every such file.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { linkPlanSchema } from '../src/link/link-plan-file.ts';
import { profileSchema } from '../src/profile/profile.ts';
import { scenarioSchema } from '../src/scenario/schema.ts';
import { ordersFileSchema } from '../src/server/config/orders-schema.ts';
import { serverConfigSchema } from '../src/server/config/server-config-schema.ts';
import { serverFileSchema } from '../src/sut/server-file.ts';
import { firmwareFileSchema } from '../src/vm/firmware-file.ts';

export const SCHEMAS_FOLDER = resolve(import.meta.dirname, '..', 'schemas');

/** Each kind of file: the schema that the commands check it against, and where that stands. */
const KINDS = [
  {
    name: 'scenario',
    title: 'pxebench scenario',
    description: 'a client, the servers it is for, and what must happen',
    source: 'src/scenario/schema.ts',
    schema: scenarioSchema,
  },
  {
    name: 'server',
    title: 'pxebench server.yaml',
    description: 'how to start a server under test',
    source: 'src/sut/server-file.ts',
    schema: serverFileSchema,
  },
  {
    name: 'firmware',
    title: 'pxebench firmware',
    description: 'what a client machine starts with',
    source: 'src/vm/firmware-file.ts',
    schema: firmwareFileSchema,
  },
  {
    name: 'link',
    title: 'pxebench link plan',
    description: 'a cable between a client and the bridge, and its faults',
    source: 'src/link/link-plan-file.ts',
    schema: linkPlanSchema,
  },
  {
    name: 'reference-server',
    title: 'pxebench serve',
    description: 'configuration of the reference server',
    source: 'src/server/config/server-config-schema.ts',
    schema: serverConfigSchema,
  },
  {
    name: 'reference-orders',
    title: 'pxebench serve: orders',
    description: 'who gets what: a file that orders-file of the configuration names',
    source: 'src/server/config/orders-schema.ts',
    schema: ordersFileSchema,
  },
  {
    name: 'profile',
    title: 'pxebench profile',
    description: 'how one kind of client behaves on the wire',
    source: 'src/profile/profile.ts',
    schema: profileSchema,
  },
] as const;

export type SchemaName = (typeof KINDS)[number]['name'];

/**
 * JSON Schemas by file name. Draft 7, which every release of yaml-language-server takes. What only code can check (MAC
 * and IP addresses, names that must exist) is left to the commands.
 */
export function jsonSchemas(): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  return Object.fromEntries(
    KINDS.map(({ name, title, description, source, schema }) => {
      const { $schema, ...shape } = z.toJSONSchema(schema, { target: 'draft-7', io: 'input' });
      const comment = `Written by tools/write-schemas.ts from ${source}.`;
      return [`${name}.schema.json`, { $schema, $comment: comment, title, description, ...shape }];
    }),
  );
}

if (import.meta.main) {
  await mkdir(SCHEMAS_FOLDER, { recursive: true });
  for (const [file, schema] of Object.entries(jsonSchemas())) {
    await writeFile(join(SCHEMAS_FOLDER, file), `${JSON.stringify(schema, null, 2)}\n`);
  }
}
