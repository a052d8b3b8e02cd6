/** Words of logs, as the few classes that a metric may have: addresses and numbers do not make a new one. */
const CLASSES: readonly (readonly [RegExp, string])[] = [
  [/^iPXE\b.*nothing is configured/, 'no-script-for-ipxe'],
  [/^iPXE\b/, 'ipxe'],
  [/^no file for architecture/, 'no-file-for-architecture'],
  [/^architecture\b/, 'architecture'],
  [/^no architecture/, 'no-architecture'],
  [/^item \d+/, 'boot-item'],
  [/^a file for this client/, 'client-file'],
  [/none of the relays/, 'unknown-relay'],
  [/^remote id/, 'remote-id-limit'],
  [/addresses were taken/, 'address-conflict'],
  [/does not handle|boot server answers/, 'unhandled-message'],
  [/^no address is free/, 'pool-exhausted'],
  [/^no subnet/, 'no-subnet'],
  [/^it chose server|^it (asks for|takes) its address|not for us$/, 'other-server'],
  [/^no record of/, 'unknown-lease'],
  [/is on another network/, 'wrong-network'],
  [/is not yours/, 'not-yours'],
  [/is not its own/, 'not-its-own'],
  [/^neither a hardware address/, 'no-identity'],
  [/without (an address|ciaddr)/, 'incomplete'],
  [/boot server discovery/, 'pxe-discovery'],
  [/server's message/, 'message-of-a-server'],
  [/^BOOTP/, 'bootp'],
  [/loop|iPXE again/, 'loop'],
];

/** The same few texts come again and again; those with an address in them are many. */
const remembered = new Map<string, string>();
const MOST_REMEMBERED = 500;

export function reasonClass(because: string | undefined): string {
  if (because === undefined) return 'none';
  const known = remembered.get(because);
  if (known !== undefined) return known;
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  const found = classOf(because);
  remembered.set(because, found);
  return found;
}

function classOf(because: string): string {
  const bare = because.replace(/^(proxy|boot server): /, '');
  return CLASSES.find(([pattern]) => pattern.test(bare))?.[1] ?? 'other';
}
