/**
 * The names that pxelinux asks for below `pxelinux.cfg/` (syslinux doc/pxelinux.txt; PXL-001..004), and the one that boot2
 * gives it: `order-0123456789abcdef`. That one says which configuration was decided on, so the decision holds for the
 * lookup whatever it was made by, without anything remembered: also after a restart, and on a second server with the same
 * configuration. Values that the configuration's text has come along in it (`order-....aG9zdG5hbWU9YQ`).
 */
import { decodeQuery } from '../../wire/uri-query.ts';
import { fillIn } from './client-text.ts';
import type { ClientVariables } from './orders.ts';
import type { PxelinuxConfig } from './pxelinux-config.ts';

export type PxelinuxName =
  | { readonly kind: 'order'; readonly id: string; readonly client: ClientVariables }
  /** What the name says of the client. Empty for `default`. */
  | { readonly kind: 'client'; readonly client: ClientVariables }
  | { readonly kind: 'default' };

/** Option 209 holds 255 octets, and so does the name in pxelinux; a folder comes before it. */
const MAX_NAME = 200;
const ORDER = /^order-([0-9a-f]{16})(?:\.([A-Za-z0-9_-]+))?$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** ARP type 1, Ethernet, with dashes and in lower case (PXL-002). */
const MAC = /^01((?:-[0-9a-f]{2}){6})$/;
/** The whole address: shorter ones are many clients' (PXL-003). */
const ADDRESS = /^[0-9A-F]{8}$/;

/** Undefined: a value is so long that no name holds it; pxelinux then looks by UUID, hardware address and address. */
export function generatedName(
  { id, variables }: PxelinuxConfig,
  client: ClientVariables,
): string | undefined {
  if (variables.length === 0) return `order-${id}`;
  const query = variables.map(
    (name) => `${encodeURIComponent(name)}=${encoded(client.get(name)?.[0] ?? '')}`,
  );
  const name = `order-${id}.${Buffer.from(query.join('&')).toString('base64url')}`;
  return name.length > MAX_NAME ? undefined : name;
}

/** A lone surrogate, which no UTF-8 has, would make encodeURIComponent throw. */
function encoded(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

/** What a name below `pxelinux.cfg/` asks for. Undefined: nothing that is ever generated. */
export function parsePxelinuxName(name: string): PxelinuxName | undefined {
  if (name === 'default') return { kind: 'default' };
  const [, id, query = ''] = ORDER.exec(name) ?? [];
  if (id !== undefined) {
    const values = decodeQuery(Buffer.from(query, 'base64url').toString());
    return { kind: 'order', id, client: new Map(values.map(({ name: key, value }) => [key, [value]])) };
  }
  if (UUID.test(name)) return { kind: 'client', client: new Map([['uuid', [name]]]) };
  const [, octets] = MAC.exec(name) ?? [];
  if (octets !== undefined) {
    return { kind: 'client', client: new Map([['mac', [octets.slice(1).replaceAll('-', ':')]]]) };
  }
  if (!ADDRESS.test(name)) return undefined;
  const address = Buffer.from(name, 'hex').join('.');
  return { kind: 'client', client: new Map([['ip', [address]]]) };
}

/** The configuration as one client gets it. */
export function configText({ text }: PxelinuxConfig, client: ClientVariables): string {
  return fillIn(text, client);
}
