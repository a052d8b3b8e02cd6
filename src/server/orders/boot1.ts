/** The script that makes every client tell what it is, and ask boot2 for its orders. */
export type Boot1 = {
  /** Where it is served. */
  readonly path: string;
  /** URL of boot2, without a query. */
  readonly boot2: string;
  /** More that clients are asked for: name in the query, and iPXE's expression for it. */
  readonly variables: ReadonlyMap<string, string>;
  /** The same at /autoexec.ipxe. */
  readonly autoexec: boolean;
};

/**
 * Name and iPXE setting of everything that boot1 sends, in the write-up's order (`asset` stands twice there); then what
 * tells machines of one network apart by their kind. Free texts are `uristring`: an `&` in a serial number would begin
 * another variable else (IPXE-003).
 */
const VARIABLES: readonly (readonly [name: string, setting: string])[] = [
  ['mac', 'mac'],
  ['ip', 'ip'],
  ['asset', 'asset:uristring'],
  ['netmask', 'netmask'],
  ['gateway', 'gateway'],
  ['dns', 'dns'],
  ['domain', 'domain:uristring'],
  ['filename', 'filename:uristring'],
  ['nextserver', 'next-server'],
  ['hostname', 'hostname:uristring'],
  ['uuid', 'uuid'],
  ['userclass', 'user-class:uristring'],
  ['manufacturer', 'manufacturer:uristring'],
  ['product', 'product:uristring'],
  ['serial', 'serial:uristring'],
  ['asset', 'asset:uristring'],
  ['buildarch', 'buildarch'],
  ['platform', 'platform'],
];

/** Names that a rule may look at without anything said in the configuration. */
export const BOOT2_VARIABLES: readonly string[] = [...new Set(VARIABLES.map(([name]) => name))];

/** The same for all clients (IPXE-002): `${...}` is filled in by iPXE. */
export function boot1Script({ boot2, variables }: Boot1): string {
  const own = Array.from(variables, ([name, setting]) => [name, setting] as const);
  const query = [...VARIABLES, ...own].map(([name, setting]) => `${name}=\${${setting}}`).join('&');
  return `#!ipxe\n\nchain ${boot2}?${query}\n`;
}
