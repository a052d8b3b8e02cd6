/** The pages of docs/ about files: they name every key there is, and every example in them is one that loads. */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { PLACES } from '../src/cli/places.ts';
import { loadYamlFile } from '../src/config/yaml-file.ts';
import { loadScenario } from '../src/scenario/scenario.ts';
import { loadServerConfig } from '../src/server/config/load-server-config.ts';
import { serverFileSchema } from '../src/sut/server-file.ts';
import { listServers } from '../src/sut/server-spec.ts';
import { listFirmware } from '../src/vm/firmware.ts';
import { firmwareFileSchema } from '../src/vm/firmware-file.ts';
import { jsonSchemas } from '../tools/write-schemas.ts';

const ROOT = resolve(import.meta.dirname, '..');
/** Stands for the checkout, with room for the examples where the pages are: they name other files from there. */
const folder = await mkdtemp(join(tmpdir(), 'pxebench-docs-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
await mkdir(join(folder, 'docs'));
for (const name of ['servers', 'captures']) await symlink(join(ROOT, name), join(folder, name));

/** What the examples of the reference server name. */
for (const name of ['www', 'tftp', 'incoming']) await mkdir(join(folder, 'docs', name));
await writeFile(join(folder, 'docs', 'orders.yaml'), 'orders: [{ match: { mac: "*" }, order: exit }]');
await writeFile(join(folder, 'docs', 'common.cfg'), 'PROMPT 0');
const pem = [...['-keyout', 'pxe.key', '-out', 'pxe.pem'], ...['-subj', '/CN=pxe.example.com']];
execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', ...pem], {
  cwd: join(folder, 'docs'),
  stdio: 'ignore',
});

const REFERENCE_DHCP = {
  subnets: [{ network: '10.188.0.0/24', pool: ['10.188.0.60-10.188.0.70'], 'lease-time': '12h' }],
};
const REFERENCE = {
  address: '10.188.0.10',
  tftp: { root: 'tftp' },
  http: { root: 'www' },
  'default-order': 'exit',
};

const KNOWN = { servers: await listServers(PLACES.servers), firmware: await listFirmware(PLACES.firmware) };

type Page = {
  readonly page: string;
  /** The pages that name its keys; others tell more of some of them. */
  readonly with?: readonly string[];
  readonly schema: string;
  /** A whole file, which examples that are a part of one are put into. */
  readonly base: Readonly<Record<string, unknown>>;
  /** What an example is put into the file as, where it is no keys of a file. */
  readonly place?: (example: object) => object;
  readonly load: (path: string) => Promise<unknown>;
};

const PAGES: readonly Page[] = [
  {
    page: 'scenarios.md',
    with: ['links.md'],
    schema: 'scenario.schema.json',
    base: parse(readFileSync(join(ROOT, 'scenarios', 'seed', 'unknown-client-exits.yaml'), 'utf8')),
    place: (example) => (Array.isArray(example) ? { expect: example } : example),
    load: (path) => loadScenario(path, folder, KNOWN),
  },
  {
    page: 'servers.md',
    schema: 'server.schema.json',
    base: parse(readFileSync(join(ROOT, 'servers', 'seed', 'server.yaml'), 'utf8')),
    load: (path) => loadYamlFile(path, serverFileSchema),
  },
  {
    page: 'firmware.md',
    with: ['links.md'],
    schema: 'firmware.schema.json',
    base: parse(readFileSync(join(ROOT, 'vm', 'firmware', 'bios-ipxe.yaml'), 'utf8')),
    load: (path) => loadYamlFile(path, firmwareFileSchema),
  },
  {
    page: 'links.md',
    schema: 'link.schema.json',
    base: parse(readFileSync(join(ROOT, 'scenarios', 'seed', 'unknown-client-exits.yaml'), 'utf8')),
    load: (path) => loadScenario(path, folder, KNOWN),
  },
  {
    page: 'reference-server.md',
    schema: 'reference-server.schema.json',
    base: REFERENCE,
    place: (example) => ({
      ...('order' in example ? { orders: [{ match: { mac: '*' }, ...example }] } : example),
      // One of them there has to be, for orders of boot and leases.
      ...('proxy' in example || 'dhcp' in example ? {} : { dhcp: REFERENCE_DHCP }),
    }),
    load: loadServerConfig,
  },
];

/** Names of fields, and the values where there is a choice of words. */
function* wordsOf(schema: unknown): Generator<string> {
  if (schema === null || typeof schema !== 'object') return;
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') yield* Object.keys(value);
    if (key === 'enum') for (const word of value) if (typeof word === 'string') yield word;
    yield* wordsOf(value);
  }
}

/** What stands between backticks, in a line or as a block. */
function codeIn(text: string): readonly string[] {
  return [...text.matchAll(/^```yaml\n([\s\S]*?)^```$|`([^`\n]+)`/gm)].map(
    ([, block, inline]) => block ?? inline ?? '',
  );
}

/** The page's ```yaml blocks, each with its line. */
function examplesIn(text: string): readonly { readonly line: number; readonly example: string }[] {
  return [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => ({
    line: text.slice(0, match.index).split('\n').length + 1,
    example: match[1] ?? '',
  }));
}

describe.each(PAGES)(
  'docs/$page',
  ({ page, with: more = [], schema, base, load, place = (example) => example }) => {
    const text = readFileSync(join(ROOT, 'docs', page), 'utf8');

    it('names every key and every word that a file may hold', () => {
      const words = [...new Set(wordsOf(jsonSchemas()[schema]))];
      const texts = [text, ...more.map((other) => readFileSync(join(ROOT, 'docs', other), 'utf8'))];
      const named = new Set(
        texts.flatMap(codeIn).flatMap((code) => [code, ...(code.match(/[\w-]+/g) ?? [])]),
      );
      expect(words.length).toBeGreaterThan(10);
      expect(words.filter((word) => !named.has(word))).toEqual([]);
    });

    it.each(examplesIn(text))('has an example in line $line that loads', async ({ line, example }) => {
      const whole = { ...base, ...place(parse(example)) };
      const path = join(folder, 'docs', `${page}-${line}.yaml`);
      await writeFile(path, stringify(whole));
      await expect(load(path)).resolves.toBeDefined();
    });
  },
);

describe.each(globSync(['docs/*.md', 'CHANGELOG.md'], { cwd: ROOT }))('%s', (page) => {
  const text = readFileSync(join(ROOT, page), 'utf8');

  it('links to files and headings that are there', () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    const wrong = links.filter((link) => {
      if (/^https?:/.test(link)) return false;
      const [path = '', heading] = link.split('#');
      const target = path === '' ? join(ROOT, page) : join(ROOT, dirname(page), path);
      if (!existsSync(target)) return true;
      return heading !== undefined && !headingsOf(readFileSync(target, 'utf8')).includes(heading);
    });
    expect(wrong).toEqual([]);
  });
});

/** As GitHub makes anchors of headings. */
function headingsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
