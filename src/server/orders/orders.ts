import { type CompiledRules, compileRules } from './compile-rules.ts';
import type { Condition } from './condition.ts';
import type { PxelinuxConfig, PxelinuxSpec } from './pxelinux-config.ts';

/** What a client is told to do: one iPXE script each. */
export type Order = SimpleOrder | FallibleOrder | MenuOrder;

export type SimpleOrder =
  | { readonly kind: 'exit' }
  | { readonly kind: 'shell' }
  | { readonly kind: 'reboot' }
  | { readonly kind: 'poweroff' }
  | { readonly kind: 'script'; readonly text: string };

/** Orders that need something from the network, each with what is tried where that fails. */
export type FallibleOrder = (
  | { readonly kind: 'chain'; readonly url: string; readonly autofree: boolean; readonly replace: boolean }
  | {
      readonly kind: 'sanboot';
      /** Several: paths to the same disk. */
      readonly uris: readonly string[];
      readonly initiatorIqn: string | undefined;
      readonly keep: boolean;
      readonly noDescribe: boolean;
      readonly drive: number | undefined;
      /** Firmware of UEFI machines looks for its default program else, which an installed system may not have. */
      readonly filename: string | undefined;
    }
  | {
      readonly kind: 'kernel';
      readonly kernel: string;
      readonly initrds: readonly string[];
      readonly args: string;
    }
  | {
      readonly kind: 'pxelinux';
      /** URL of pxelinux.0. */
      readonly url: string;
      /** Undefined: pxelinux looks for files, as it does everywhere. */
      readonly config: PxelinuxConfig | undefined;
      /** What `config` was made of. */
      readonly spec: PxelinuxSpec | undefined;
    }
) & {
  /** Tried one after the other; their own `or` is empty. */
  readonly or: readonly (SimpleOrder | FallibleOrder)[];
};

export type MenuOrder = {
  readonly kind: 'menu';
  readonly title: string;
  readonly items: readonly MenuItem[];
  /** Name of an item. */
  readonly default: string | undefined;
  /** Without it the menu waits for ever. */
  readonly timeoutMs: number | undefined;
};

export type MenuItem = {
  readonly name: string;
  readonly text: string;
  readonly key: string | undefined;
  readonly order: SimpleOrder | FallibleOrder;
};

/** All conditions have to hold. */
export type OrderRule = {
  readonly match: ReadonlyMap<string, Condition>;
  readonly order: Order;
  /** `pxe.yaml:34`, for whoever asks why. */
  readonly where?: string;
};

export type Orders = {
  /** The first that matches wins. */
  readonly rules: readonly OrderRule[];
  readonly defaultOrder: Order;
  readonly compiled: CompiledRules;
  /** Every pxelinux configuration that some order has, by its id. */
  readonly configs: ReadonlyMap<string, PxelinuxConfig>;
};

/** What is known of a client: names as boot1 sends them to boot2, each with all its values (`asset` may stand twice). */
export type ClientVariables = ReadonlyMap<string, readonly string[]>;

export type Decision = {
  readonly order: Order;
  /** Index of the rule that matched; undefined: the default. */
  readonly rule: number | undefined;
  /** Where that rule stands. */
  readonly where?: string | undefined;
};

/** Patterns are compiled here, once: choosing is done for every client. */
export function ordersOf(rules: readonly OrderRule[], defaultOrder: Order): Orders {
  const all = [...rules.map(({ order }) => order), defaultOrder].flatMap(ordersWithin);
  const configs = all.flatMap((order) =>
    order.kind === 'pxelinux' && order.config !== undefined ? [[order.config.id, order.config] as const] : [],
  );
  return { rules, defaultOrder, compiled: compileRules(rules), configs: new Map(configs) };
}

/** The order, what it falls back on, and what its menu offers. */
export function ordersWithin(order: Order): readonly Order[] {
  if (order.kind === 'menu') return [order, ...order.items.flatMap((item) => ordersWithin(item.order))];
  return [order, ...('or' in order ? order.or : [])];
}

/** A variable that was not sent is an empty one: iPXE sends an empty value for what it does not know. */
export function chooseOrder(orders: Orders, client: ClientVariables): Decision {
  return decisionOf(orders, orders.compiled.firstMatch(client));
}

/**
 * What is decided for a client of whom only this is known: undefined where a rule before the first that matches looks at
 * something else, so that it might be the one.
 */
export function decideFrom(orders: Orders, known: ClientVariables): Decision | undefined {
  const found = orders.compiled.firstCertain(known);
  return found === 'undecided' ? undefined : decisionOf(orders, found);
}

function decisionOf({ rules, defaultOrder }: Orders, index: number | undefined): Decision {
  const rule = index === undefined ? undefined : rules[index];
  return rule === undefined
    ? { order: defaultOrder, rule: undefined }
    : { order: rule.order, rule: index, where: rule.where };
}

/** `rule 3 (orders.yaml:14)`. */
export function reasonOf({ rule, where }: Decision): string {
  if (rule === undefined) return 'default';
  return where === undefined ? `rule ${rule + 1}` : `rule ${rule + 1}, ${where}`;
}

/** Where an order leads to, in a log; undefined for one that leads nowhere. */
export function targetOf(order: Order): string | undefined {
  switch (order.kind) {
    case 'chain':
    case 'pxelinux':
      return order.url;
    case 'sanboot':
      return order.uris[0];
    case 'kernel':
      return order.kernel;
    case 'menu':
      return order.title;
    case 'exit':
    case 'shell':
    case 'reboot':
    case 'poweroff':
    case 'script':
      return undefined;
    default:
      return order satisfies never;
  }
}

/** What the client is called by in a log. */
export function clientName(client: ClientVariables): string {
  for (const name of ['mac', 'uuid', 'ip']) {
    const [value = ''] = client.get(name) ?? [];
    if (value !== '') return value;
  }
  return '';
}
