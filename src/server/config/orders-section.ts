import { basename } from 'node:path';
import { didYouMean } from '../../config/nearest.ts';
import type { FieldPath } from '../../config/schema-problems.ts';
import { parseIpv4, parseMac } from '../../wire/address.ts';
import { bareDigits, type Condition, kindOfVariable, parseNetwork } from '../orders/condition.ts';
import { isGlob } from '../orders/glob.ts';
import { type Order, type OrderRule, type Orders, ordersOf } from '../orders/orders.ts';
import { shadowedRules } from '../orders/shadowed-rules.ts';
import type { ConfigProblems } from './config-problems.ts';
import type { OrderContext } from './order-checks.ts';
import { OrderFiles } from './order-files.ts';
import { readOrder } from './order-reader.ts';
import type { RawOrdersFile, RawRule } from './orders-schema.ts';

/** The configuration, or a file that it takes orders from. */
export type OrdersSource = { readonly raw: RawOrdersFile; readonly problems: ConfigProblems };

type Place = { readonly problems: ConfigProblems; readonly path: FieldPath };

/** Rules in the order of the files, and within each as they stand there. `root`: where files are that orders may name. */
export function readOrders(
  sources: readonly OrdersSource[],
  context: Omit<OrderContext, 'problems'>,
  root: string | undefined,
): Orders {
  const read: { readonly rule: OrderRule; readonly place: Place }[] = [];
  const defaults: { readonly order: Order; readonly place: Place }[] = [];
  for (const { raw, problems } of sources) {
    for (const [at, rule] of (raw.orders ?? []).entries()) {
      const place: Place = { problems, path: ['orders', at] };
      read.push({ rule: readRule(rule, place, context), place });
    }
    if (raw['default-order'] === undefined) continue;
    const place: Place = { problems, path: ['default-order'] };
    defaults.push({ order: readOrder(raw['default-order'], place.path, { ...context, problems }), place });
  }
  checkDefaults(sources, defaults);
  const all = [...read.map(({ rule, place }) => ({ order: rule.order, place })), ...defaults];
  if (root !== undefined) warnOfMissingFiles(all, new OrderFiles(root, context.origin));
  const rules = read.map(({ rule }) => rule);
  for (const { rule, by } of shadowedRules(rules)) {
    const [place, earlier] = [read[rule]?.place, rules[by]];
    place?.problems.warn(
      place.path,
      `no client ever gets this: rule ${by + 1} (${earlier?.where}) takes all of its clients`,
      'put the narrower rule first, or delete it',
    );
  }
  return ordersOf(rules, defaults[0]?.order ?? { kind: 'exit' });
}

function warnOfMissingFiles(
  orders: readonly { readonly order: Order; readonly place: Place }[],
  files: OrderFiles,
): void {
  for (const { order, place } of orders) {
    const missing = files.missing(order);
    if (missing.length > 0) {
      place.problems.warn(place.path, `not in the folder of http yet: ${missing.join(', ')}`);
    }
  }
}

function checkDefaults(
  sources: readonly OrdersSource[],
  defaults: readonly { readonly place: Place }[],
): void {
  const [first, ...more] = defaults;
  for (const { place } of more) {
    place.problems.add(place.path, `stands in ${first?.place.problems.where(['default-order'])} already`);
  }
  const withRules = sources.find(({ raw }) => raw.orders !== undefined);
  if (first !== undefined || withRules === undefined) return;
  withRules.problems.add(
    ['orders'],
    'default-order is missing: what does a client get that no rule matches?',
    'e.g. exit',
  );
}

function readRule(
  raw: RawRule,
  { problems, path }: Place,
  context: Omit<OrderContext, 'problems'>,
): OrderRule {
  const match = Object.entries(raw.match).map(([name, value]): [string, Condition] => {
    const here = [...path, 'match', name];
    const not = typeof value === 'object' && !Array.isArray(value);
    const given = [not ? value.not : value].flat();
    checkVariable(name, here, context, problems);
    for (const pattern of given) checkPattern(name, pattern, here, problems);
    return [name, { patterns: given.map(String), not }];
  });
  return {
    match: new Map(match),
    order: readOrder(raw.order, [...path, 'order'], { ...context, problems }),
    where: shortPlace(problems.where(path)),
  };
}

function shortPlace(where: string): string {
  return basename(where);
}

/** A name that boot1 never sends makes a rule that nobody meets. */
function checkVariable(
  name: string,
  path: FieldPath,
  { variables }: Pick<OrderContext, 'variables'>,
  problems: ConfigProblems,
): void {
  if (variables.has(name)) return;
  const near = didYouMean(name, [...variables]);
  problems.add(
    path,
    `no client sends "${name}"`,
    near.startsWith('did') ? near : `let boot1 ask for it: "variables: { ${name}: ... }"; ${near}`,
  );
}

/** A MAC address, UUID or address that no client could have is a mistyped one. */
function checkPattern(name: string, value: string | number, path: FieldPath, problems: ConfigProblems): void {
  const kind = kindOfVariable(name);
  if (typeof value === 'number') {
    if (kind === 'architecture') return;
    problems.add(path, `wanted a text, got the number ${value}`, 'put it into quotation marks');
    return;
  }
  if (value === '') return;
  switch (kind) {
    case 'mac':
      if (parseMac(value) === undefined && !isMacPattern(value)) {
        problems.add(
          path,
          `wanted a MAC address, its first three octets, or a pattern with * and ?, got "${value}"`,
        );
      }
      return;
    case 'uuid':
      if (!(isGlob(value) ? /^[0-9a-f*?]+$/ : /^[0-9a-f]{32}$/).test(bareDigits(value))) {
        problems.add(path, `wanted a UUID or a pattern with * and ?, got "${value}"`);
      }
      return;
    case 'address':
      if (!isGlob(value) && parseIpv4(value) === undefined && parseNetwork(value) === undefined) {
        problems.add(path, `wanted an address, a network like 10.188.0.0/24, or a pattern, got "${value}"`);
      }
      return;
    case 'architecture':
    case 'text':
      return;
  }
}

function isMacPattern(text: string): boolean {
  const digits = bareDigits(text);
  return /^[0-9a-f]{6}$/.test(digits) || (isGlob(digits) && /^[0-9a-f*?]+$/.test(digits));
}
