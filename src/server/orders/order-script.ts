import { fillIn } from './client-text.ts';
import type { ClientVariables, FallibleOrder, MenuItem, MenuOrder, Order } from './orders.ts';
import { pxelinuxForUefi } from './pxelinux-for-uefi.ts';
import { generatedName } from './pxelinux-name.ts';

/**
 * The iPXE script of an order. It starts with `#!ipxe` and a line end at offset 0 (IPXE-001). A script stops at the first
 * command that fails: each that may has its `||` branch where something else is to be tried, or the menu to be shown
 * again (IPXE-006).
 */
export function orderScript(given: Order, client: ClientVariables): string {
  const order = forPlatform(given, client);
  const body = order.kind === 'menu' ? menu(order, client) : commands(order, client, TOP);
  return `#!ipxe\n${body}`;
}

/** What iPXE says of the machine decides whether pxelinux can be started there at all. */
function forPlatform(order: Order, client: ClientVariables): Order {
  if (order.kind !== 'pxelinux' || client.get('platform')?.[0] !== 'efi') return order;
  return pxelinuxForUefi(order) ?? order;
}

type Place = {
  /** Makes the labels of one order different from another's. */
  readonly suffix: string;
  /** Where to go when it fails; undefined: the script ends, and the machine goes on with its own boot order. */
  readonly failed: string | undefined;
};

const TOP: Place = { suffix: '', failed: undefined };

function commands(given: Exclude<Order, MenuOrder>, client: ClientVariables, place: Place): string {
  const there = forPlatform(given, client);
  // A menu inside a menu would need labels of its own.
  const order = there.kind === 'menu' ? given : there;
  switch (order.kind) {
    case 'exit':
    case 'shell':
    case 'reboot':
    case 'poweroff':
      return `${order.kind}\n`;
    case 'script':
      return `${fillIn(order.text.replace(/^#![gi]pxe\s*\n/, '').trimEnd(), client)}\n`;
    default:
      return withFallbacks(order, client, place);
  }
}

function withFallbacks(order: FallibleOrder, client: ClientVariables, place: Place): string {
  const [next, ...later] = order.or;
  if (next === undefined) return attempt(order, client, place.failed);
  const failed = `failed${place.suffix}`;
  const fallback = 'or' in next ? { ...next, or: later } : next;
  return (
    `${attempt(order, client, failed)}exit\n:${failed}\n` +
    // What was loaded must not be booted together with what comes instead.
    `${order.kind === 'kernel' ? 'imgfree\n' : ''}` +
    commands(fallback, client, { ...place, suffix: `${place.suffix}-2` })
  );
}

function attempt(order: FallibleOrder, client: ClientVariables, failed: string | undefined): string {
  const line = (...parts: (string | false)[]): string =>
    `${fillIn(words(...parts), client)}${failed === undefined ? '' : ` || goto ${failed}`}\n`;
  switch (order.kind) {
    case 'chain':
      return line('chain', order.autofree && '--autofree', order.replace && '--replace', order.url);
    case 'sanboot': {
      const { uris, initiatorIqn, drive, filename } = order;
      const name =
        initiatorIqn === undefined ? '' : `${fillIn(`set initiator-iqn ${initiatorIqn}`, client)}\n`;
      const options = [
        drive !== undefined && `--drive 0x${drive.toString(16)}`,
        filename !== undefined && `--filename ${filename}`,
        order.keep && '--keep',
        order.noDescribe && '--no-describe',
      ];
      return name + line('sanboot', ...options, ...uris);
    }
    case 'kernel': {
      // An EFI kernel takes only those initrds that its command line names.
      const names = order.initrds.map((_, at) => (at === 0 ? 'initrd' : `initrd${at + 1}`));
      return [
        line('kernel', order.kernel, ...names.map((name) => `initrd=${name}`), order.args),
        ...order.initrds.map((initrd, at) => line('initrd', `--name ${names[at]}`, initrd)),
        line('boot'),
      ].join('');
    }
    case 'pxelinux':
      return pxelinuxSettings(order, client) + line('chain', order.url);
  }
}

/**
 * RFC 5071: option 209 names the configuration, 210 is put in front of it and of every name in it. iPXE hands numbered
 * settings on to what it starts, so pxelinux reads first what was decided here, by whatever it was decided.
 */
function pxelinuxSettings(
  { url, config }: Extract<FallibleOrder, { kind: 'pxelinux' }>,
  client: ClientVariables,
): string {
  const name = config === undefined ? undefined : generatedName(config, client);
  if (name === undefined) return '';
  const folder = fillIn(url.slice(0, url.lastIndexOf('/') + 1), client);
  return `set 209:string pxelinux.cfg/${name}\nset 210:string ${folder}\n`;
}

/** Escape leaves the menu; an item that fails shows it again, and then it waits for somebody. */
function menu(order: MenuOrder, client: ClientVariables): string {
  const { title, items, timeoutMs = 0 } = order;
  const choose = [order.default !== undefined && `--default ${order.default}`, '--timeout ${menu-timeout}'];
  return [
    `set menu-timeout ${timeoutMs}`,
    ':menu',
    `menu ${fillIn(title, client)}`,
    ...items.map(({ name, text, key }) =>
      words('item', key !== undefined && `--key ${key}`, name, fillIn(text, client)),
    ),
    `${words('choose', ...choose, 'chosen')} || exit`,
    'set menu-timeout 0',
    'goto item-${chosen}',
    ':failed',
    'echo That could not be booted.',
    'sleep 3',
    'goto menu',
    ...items.map((item) => `:item-${item.name}\n${menuItem(item, client)}`.trimEnd()),
    '',
  ].join('\n');
}

function menuItem({ name, order }: MenuItem, client: ClientVariables): string {
  if (order.kind === 'shell') return 'shell ||\ngoto menu\n';
  // A script of the operator's own may end without `exit`: what follows is another item.
  return `${commands(order, client, { suffix: `-${name}`, failed: 'failed' })}exit\n`;
}

function words(...parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false && part !== '').join(' ');
}
