import { didYouMean } from '../config/nearest.ts';
import type { ServerConfig } from '../server/config/server-config.ts';
import { type Explanation, explainClient } from '../server/explain/explain-client.ts';
import type { ConditionTrace, RuleTrace } from '../server/orders/trace-rules.ts';
import { parseMac } from '../wire/address.ts';
import { uuidOctets } from '../wire/dhcp/opt-client-machine-id.ts';
import { type Io, UsageError } from './command.ts';
import { jsonText } from './json-text.ts';

/** Of the document that --json prints. */
const FORMAT = 'pxebench-serve-explain/1';

/**
 * What `--explain` and `--set` say of a client: a MAC address, or `name=value` with commas between them; in `--set` one,
 * whose value may have commas. Throws UsageError.
 */
export function clientFrom(
  explain: string,
  set: readonly string[],
  { http }: Pick<ServerConfig, 'http'>,
): ReadonlyMap<string, string> {
  const parts = explain.includes('=') ? explain.split(',') : [`mac=${explain}`];
  const client = new Map<string, string>();
  const known = [...(http?.variables ?? []), 'mac', 'giaddr'];
  for (const [option, text] of [
    ...parts.map((part) => ['--explain', part] as const),
    ...set.map((part) => ['--set', part] as const),
  ]) {
    const at = text.indexOf('=');
    const name = text.slice(0, at).trim();
    if (at < 1) throw new UsageError(`${option}: wanted name=value, got "${text}"`, 'e.g. --set serial=SN-1');
    if (!known.includes(name)) {
      throw new UsageError(`${option}: no client sends "${name}"`, didYouMean(name, known));
    }
    client.set(name, text.slice(at + 1));
  }
  const [mac, uuid] = [client.get('mac'), client.get('uuid')];
  if (mac !== undefined && parseMac(mac) === undefined) {
    throw new UsageError(
      `--explain: wanted a MAC address, got "${mac}"`,
      'e.g. 00:12:34:56:78:90, or uuid=...',
    );
  }
  if (uuid !== undefined && uuidOctets(uuid, 'smbios') === undefined) {
    throw new UsageError(
      `--explain: wanted a UUID, got "${uuid}"`,
      'e.g. 4c4c4544-0039-4e10-804e-b9c04f4d344a',
    );
  }
  return client;
}

export async function explain(
  config: ServerConfig,
  client: ReadonlyMap<string, string>,
  json: boolean,
  io: Io,
): Promise<void> {
  const explained = await explainClient(config, client);
  if (json) {
    for (const piece of jsonText({ format: FORMAT, ...plain(explained) })) io.out(piece);
    return;
  }
  for (const line of lines(explained)) io.out(`${line}\n`);
}

/** Maps have no JSON. */
function plain({ dhcp, ...explained }: Explanation): Record<string, unknown> {
  const learned = dhcp && Object.fromEntries(dhcp.learned);
  return { ...explained, ...(dhcp === undefined ? {} : { dhcp: { ...dhcp, learned } }) };
}

function* lines(explained: Explanation): Generator<string> {
  yield `client     ${pairs(explained.client) || '(nothing is known of it)'}`;
  yield* dhcpLines(explained);
  const { boot1, boot2, pxelinux, lookups } = explained;
  if (boot1 !== undefined) {
    yield '';
    yield `boot1      ${boot1.path}: ${boot1.from === 'file' ? 'a file in the folder' : 'made by the server'}`;
    if (boot1.script !== undefined) yield* indented(boot1.script);
  }
  if (boot2 !== undefined) {
    yield '';
    yield `boot2      ${boot2.path}: ${boot2.decided} decides: ${boot2.order}`;
    for (const trace of boot2.rules) yield* ruleLines(trace);
    yield '           script:';
    yield* indented(boot2.script);
  }
  if (pxelinux !== undefined) {
    yield '';
    yield `pxelinux   ${pxelinux.name}`;
    yield* indented(pxelinux.config);
  }
  if (lookups.length === 0) return;
  yield '';
  yield 'lookups    what pxelinux finds under the names it makes itself';
  for (const { name, from, because } of lookups) {
    const answer = from === 'file' ? 'a file' : from === 'made' ? 'made' : '404';
    yield `             ${name}: ${answer} (${because})`;
  }
}

function* dhcpLines({ dhcp, client }: Explanation): Generator<string> {
  yield '';
  if (dhcp === undefined) {
    yield `DHCP       ${client.mac === undefined ? 'nothing is said without a MAC address' : 'is not served'}`;
    return;
  }
  const address = dhcp.reserved ? 'its own, by reservation' : 'from the pool, if it has none yet';
  if (dhcp.by === 'proxy') yield 'proxyDHCP  another server gives the address';
  else
    yield dhcp.subnet === undefined
      ? 'DHCP       no subnet'
      : `DHCP       subnet ${dhcp.subnet}, address ${address}`;
  for (const { as, did, address: given, file, nextServer, because } of dhcp.answers) {
    const boot = file === undefined ? 'no boot file' : `file ${file}, next-server ${nextServer}`;
    const offer = given === undefined ? did : `${did} ${given}`;
    const what = did === 'silence' ? did : `${offer}, ${boot}`;
    yield `             as ${as}: ${what}${because === undefined ? '' : ` (${because})`}`;
  }
}

function* ruleLines({ rule, where, matched, conditions }: RuleTrace): Generator<string> {
  const name = `rule ${rule + 1}${where === undefined ? '' : ` (${where})`}`;
  if (matched) {
    yield `             ✓ ${name}`;
    for (const condition of conditions) yield `                 ${inWords(condition)}`;
    return;
  }
  const failed = conditions.filter(({ holds }) => !holds);
  yield `             ✗ ${name}: ${failed.map(inWords).join('; ')}`;
}

function inWords({ variable, wanted, not, got, known, holds }: ConditionTrace): string {
  const patterns = wanted.map((pattern) => (pattern === '' ? '""' : pattern)).join(' or ');
  const value = got.map((one) => JSON.stringify(one)).join(', ');
  const said = known ? value : `${value}, which was not given`;
  return `${variable} ${holds ? 'is' : 'is not'} ${not ? 'other than ' : ''}${patterns}: it is ${said}`;
}

function pairs(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

function* indented(text: string): Generator<string> {
  for (const line of text.trimEnd().split('\n')) yield `             | ${line}`;
}
