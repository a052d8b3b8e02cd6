import { type Ipv4Address, type MacAddress, parseIpv4, parseMac } from '../../wire/address.ts';
import { uuidInWireOrder, uuidOctets } from '../../wire/dhcp/opt-client-machine-id.ts';
import type { ServerConfig } from '../config/server-config.ts';
import { generatedFile } from '../orders/generated-files.ts';
import { orderScript } from '../orders/order-script.ts';
import {
  type ClientVariables,
  chooseOrder,
  decideFrom,
  type Order,
  ordersWithin,
  reasonOf,
} from '../orders/orders.ts';
import { configText, generatedName, parsePxelinuxName } from '../orders/pxelinux-name.ts';
import { type RuleTrace, traceRules } from '../orders/trace-rules.ts';
import { openBootFolder } from '../shell/boot-folder.ts';
import { type DhcpExplanation, explainDhcp, explainProxy } from './explain-dhcp.ts';

/** What a client would get, and why. Nothing was started for it. */
export type Explanation = {
  /** What was said of the client, and what it learns by DHCP. */
  readonly client: Readonly<Record<string, string>>;
  readonly dhcp: DhcpExplanation | undefined;
  readonly boot1:
    | { readonly path: string; readonly from: Origin; readonly script: string | undefined }
    | undefined;
  readonly boot2:
    | {
        readonly path: string;
        /** `rule 3, orders.yaml:14`, or `default`. */
        readonly decided: string;
        readonly order: Order['kind'];
        readonly rules: readonly RuleTrace[];
        readonly script: string;
      }
    | undefined;
  /** What pxelinux is told to read first, where the order is one with labels. */
  readonly pxelinux: { readonly name: string; readonly config: string } | undefined;
  /** The names that pxelinux makes of what it knows of itself. */
  readonly lookups: readonly { readonly name: string; readonly from: Origin; readonly because: string }[];
};

/** Where the answer comes from. */
export type Origin = 'file' | 'made' | 'nothing';

export async function explainClient(
  config: ServerConfig,
  said: ReadonlyMap<string, string>,
): Promise<Explanation> {
  const mac = parseMac(said.get('mac') ?? '');
  const relay = parseIpv4(said.get('giaddr') ?? '');
  const dhcp = mac === undefined ? undefined : dhcpOf(config, mac, said.get('uuid'), relay);
  const values = new Map([...(dhcp?.learned ?? []), ...said]);
  values.delete('giaddr');
  if (mac !== undefined) values.set('mac', mac);
  const client: ClientVariables = new Map(Array.from(values, ([name, value]) => [name, [value]]));
  const { http } = config;
  const isFile = await fileTest(http?.root);
  const decision = http && chooseOrder(http.orders, client);
  const script = decision === undefined ? '' : orderScript(decision.order, client);
  return {
    client: Object.fromEntries(values),
    dhcp,
    boot1: http && (await boot1Of(http, isFile)),
    boot2: http &&
      decision && {
        path: http.boot2,
        decided: reasonOf(decision),
        order: decision.order.kind,
        rules: traceRules(http.orders, client),
        script,
      },
    pxelinux: decision && pxelinuxOf(decision.order, script, client),
    lookups: http === undefined ? [] : await lookupsOf(http, client, isFile),
  };
}

function dhcpOf(
  { dhcp, proxy, address }: ServerConfig,
  mac: MacAddress,
  uuid: string | undefined,
  relay: Ipv4Address | undefined,
): DhcpExplanation | undefined {
  const client = { mac, uuid, relay };
  if (proxy !== undefined) return explainProxy(proxy, client);
  return dhcp && explainDhcp({ ...dhcp, ownAddresses: new Set([address]) }, client);
}

type Http = NonNullable<ServerConfig['http']>;
type FileTest = (segments: readonly string[]) => Promise<boolean>;

async function fileTest(root: string | undefined): Promise<FileTest> {
  if (root === undefined) return async () => false;
  const folder = await openBootFolder(root);
  return async (segments) => {
    const opened = await folder.open(segments);
    if (opened.kind === 'file') await opened.file[Symbol.asyncDispose]();
    return opened.kind === 'file';
  };
}

async function boot1Of(http: Http, isFile: FileTest): Promise<NonNullable<Explanation['boot1']>> {
  const { path } = http.boot1;
  const segments = path.split('/').filter((part) => part !== '');
  if (await isFile(segments)) return { path, from: 'file', script: undefined };
  const made = generatedFile(segments, http);
  return { path, from: made === undefined ? 'nothing' : 'made', script: made?.text };
}

/** The first that the script sends somebody to. */
function pxelinuxOf(order: Order, script: string, client: ClientVariables): Explanation['pxelinux'] {
  for (const one of ordersWithin(order)) {
    if (one.kind !== 'pxelinux' || one.config === undefined) continue;
    const name = generatedName(one.config, client);
    if (name === undefined || !script.includes(name)) continue;
    return { name: `pxelinux.cfg/${name}`, config: configText(one.config, client) };
  }
  return undefined;
}

async function lookupsOf(
  http: Http,
  client: ClientVariables,
  isFile: FileTest,
): Promise<Explanation['lookups']> {
  const lookups: Explanation['lookups'][number][] = [];
  for (const name of lookupNames(client)) {
    const segments = ['pxelinux.cfg', name];
    const shown = segments.join('/');
    if (await isFile(segments)) lookups.push({ name: shown, from: 'file', because: 'it is in the folder' });
    else if (generatedFile(segments, http) !== undefined) {
      lookups.push({ name: shown, from: 'made', because: reasonFor(name, http) });
    } else lookups.push({ name: shown, from: 'nothing', because: reasonFor(name, http) });
  }
  return lookups;
}

function lookupNames(client: ClientVariables): readonly string[] {
  const value = (name: string): string => client.get(name)?.[0] ?? '';
  const octets = uuidOctets(value('uuid'), 'smbios');
  const mac = parseMac(value('mac'));
  const address = parseIpv4(value('ip'));
  const hex = (address ?? '').split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'));
  return [
    ...(octets === undefined ? [] : [uuidInWireOrder(octets)]),
    ...(mac === undefined ? [] : [`01-${mac.replaceAll(':', '-')}`]),
    ...(address === undefined ? [] : [hex.join('').toUpperCase()]),
    'default',
  ];
}

function reasonFor(name: string, { orders }: Http): string {
  const asked = parsePxelinuxName(name);
  if (asked?.kind !== 'client') return 'default';
  const decision = decideFrom(orders, asked.client);
  return decision === undefined
    ? 'a rule that comes before looks at something that the name does not say'
    : `${reasonOf(decision)}: ${decision.order.kind}`;
}
