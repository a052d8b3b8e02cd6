/** Words of logs, as the few classes that a metric may have: addresses and numbers do not make a new one. */
const CLASSES: readonly (readonly [RegExp, string])[] = [
  [/^iPXE\b.*nothing is configured/, 'no-script-for-ipxe'],
  [/^iPXE\b/, 'ipxe'],
  [/^no file for architecture/, 'no-file-for-architecture'],
  [/^architecture\b/, 'architecture'],
  [/^no architecture/, 'no-architecture'],
  [/^no address is free/, 'pool-exhausted'],
  [/^no subnet/, 'no-subnet'],
  [/^it chose server|not for us$/, 'other-server'],
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

export function reasonClass(because: string | undefined): string {
  if (because === undefined) return 'none';
  return CLASSES.find(([pattern]) => pattern.test(because))?.[1] ?? 'other';
}
