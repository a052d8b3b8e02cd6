import { didYouMean } from '../../config/nearest.ts';
import type { FieldPath } from '../../config/schema-problems.ts';
import { placeholdersOf } from '../orders/client-text.ts';
import { orderScript } from '../orders/order-script.ts';
import {
  type FallibleOrder,
  type MenuOrder,
  type Order,
  ordersWithin,
  type SimpleOrder,
} from '../orders/orders.ts';
import { scriptProblems } from '../orders/script-problems.ts';
import type { ConfigProblems } from './config-problems.ts';
import { checkPlaceholders, checkText, checkWord, type OrderContext } from './order-checks.ts';
import type { RawOrder } from './orders-schema.ts';
import { readPxelinux } from './pxelinux-reader.ts';
import { iscsiNameProblem, sanUriProblem } from './san-uri.ts';

type RawMenu = Extract<RawOrder, { menu: unknown }>;
type RawPlain = Exclude<RawOrder, RawMenu>;

export function readOrder(raw: RawOrder, path: FieldPath, context: OrderContext): Order {
  const before = context.problems.count;
  const order =
    typeof raw === 'object' && 'menu' in raw ? readMenu(raw, path, context) : readPlain(raw, path, context);
  // Only of what is right in itself: one mistake is told once.
  if (context.problems.count === before) checkScript(order, path, context.problems);
  return order;
}

function readMenu({ menu }: RawMenu, path: FieldPath, context: OrderContext): MenuOrder {
  const here = [...path, 'menu'];
  const names = Object.keys(menu.items);
  if (names.length === 0) context.problems.add([...here, 'items'], 'wanted at least one item');
  if (menu.default !== undefined && !names.includes(menu.default)) {
    context.problems.add([...here, 'default'], `no item "${menu.default}"`, didYouMean(menu.default, names));
  }
  checkText(menu.title ?? '', [...here, 'title'], context);
  const items = Object.entries(menu.items).map(([name, { text, key, order }]) => {
    checkText(text ?? '', [...here, 'items', name, 'text'], context);
    return {
      name,
      text: text ?? name,
      key,
      order: readPlain(order, [...here, 'items', name, 'order'], context),
    };
  });
  return {
    kind: 'menu',
    title: menu.title ?? 'Boot menu',
    items,
    default: menu.default,
    timeoutMs: menu.timeout === undefined ? undefined : menu.timeout * 1000,
  };
}

function readPlain(raw: RawPlain, path: FieldPath, context: OrderContext): SimpleOrder | FallibleOrder {
  if (typeof raw === 'string') return { kind: raw };
  if ('script' in raw) {
    checkPlaceholders(raw.script, [...path, 'script'], context);
    return { kind: 'script', text: raw.script };
  }
  const fallbacks = 'or' in raw && raw.or !== undefined ? [raw.or].flat() : [];
  const or = fallbacks.map((fallback, at) =>
    readPlain(
      fallback,
      Array.isArray('or' in raw && raw.or) ? [...path, 'or', at] : [...path, 'or'],
      context,
    ),
  );
  if ('chain' in raw) {
    checkWord(raw.chain, [...path, 'chain'], context);
    return {
      kind: 'chain',
      url: raw.chain,
      autofree: raw.autofree ?? false,
      replace: raw.replace ?? false,
      or,
    };
  }
  if ('kernel' in raw) {
    const initrds = [raw.initrd ?? []].flat();
    checkWord(raw.kernel, [...path, 'kernel'], context);
    for (const initrd of initrds) checkWord(initrd, [...path, 'initrd'], context);
    checkText(raw.args ?? '', [...path, 'args'], context);
    return { kind: 'kernel', kernel: raw.kernel, initrds, args: raw.args ?? '', or };
  }
  if ('pxelinux' in raw) {
    return { ...readPxelinux(raw.pxelinux, [...path, 'pxelinux'], context), or };
  }
  return { ...readSanboot(raw.sanboot, [...path, 'sanboot'], context), or };
}

type RawSanboot = Extract<RawPlain, { sanboot: unknown }>['sanboot'];
type SanbootOrder = Extract<FallibleOrder, { kind: 'sanboot' }>;

function readSanboot(given: RawSanboot, path: FieldPath, context: OrderContext): Omit<SanbootOrder, 'or'> {
  const raw = typeof given === 'string' ? { uri: given } : given;
  const uris = [raw.uri].flat();
  const uriPath = typeof given === 'string' ? path : [...path, 'uri'];
  for (const uri of uris) {
    checkPlaceholders(uri, uriPath, context);
    const wrong = sanUriProblem(uri);
    if (wrong !== undefined) context.problems.add(uriPath, wrong.message, wrong.hint);
  }
  if (raw.filename !== undefined) checkWord(raw.filename, [...path, 'filename'], context);
  const name = raw['initiator-iqn'];
  if (name !== undefined) {
    const namePath = [...path, 'initiator-iqn'];
    checkPlaceholders(name, namePath, context);
    const wrong = iscsiNameProblem(name, 'initiator');
    if (wrong !== undefined) context.problems.add(namePath, wrong.message, wrong.hint);
  }
  return {
    kind: 'sanboot',
    uris,
    initiatorIqn: name,
    keep: raw.keep ?? false,
    noDescribe: raw['no-describe'] ?? false,
    drive: raw.drive,
    filename: raw.filename,
  };
}

/** What iPXE would make of it, whatever a client says: told at the part of the order that an operator wrote. */
function checkScript(order: Order, path: FieldPath, problems: ConfigProblems): void {
  const variables = ordersWithin(order).flatMap((one) =>
    one.kind === 'script' ? placeholdersOf(one.text).map(({ name }) => name) : [],
  );
  for (const message of scriptProblems((client) => orderScript(order, client), variables)) {
    problems.add(path, message);
  }
}
