import { didYouMean } from '../../config/nearest.ts';
import type { FieldPath } from '../../config/schema-problems.ts';
import type { FallibleOrder } from '../orders/orders.ts';
import { type PxelinuxLabel, type PxelinuxSpec, pxelinuxConfig } from '../orders/pxelinux-config.ts';
import { checkPlaceholders, checkWord, type OrderContext } from './order-checks.ts';
import type { RawPxelinux } from './pxelinux-schema.ts';

type RawLabel = NonNullable<RawPxelinux['labels']>[string];

const PROGRAM = '/pxelinux.0';
/** Of Linux on x86; pxelinux cuts what is longer. */
const MAX_COMMAND_LINE = 2047;

export function readPxelinux(
  raw: RawPxelinux,
  path: FieldPath,
  context: OrderContext,
): Omit<Extract<FallibleOrder, { kind: 'pxelinux' }>, 'or'> {
  const program = raw.program ?? PROGRAM;
  checkWord(program, [...path, 'program'], context);
  const url = /^[a-z][a-z0-9+.-]*:/i.test(program)
    ? program
    : `${context.origin}/${program.replace(/^\/+/, '')}`;
  const spec = readSpec(raw, path, context);
  return { kind: 'pxelinux', url, spec, config: spec && pxelinuxConfig(spec) };
}

function readSpec(raw: RawPxelinux, path: FieldPath, context: OrderContext): PxelinuxSpec | undefined {
  const { problems } = context;
  if (raw.labels === undefined) {
    const { program, ...options } = raw;
    for (const name of Object.keys(options)) {
      problems.add([...path, name], 'is for the configuration that is made from labels, but there are none');
    }
    return undefined;
  }
  const names = Object.keys(raw.labels);
  const [first] = names;
  if (first === undefined) {
    problems.add([...path, 'labels'], 'wanted at least one label');
    return undefined;
  }
  if (raw.default !== undefined && !names.includes(raw.default)) {
    problems.add([...path, 'default'], `no label "${raw.default}"`, didYouMean(raw.default, names));
  }
  checkPlaceholders(raw.menu?.title ?? '', [...path, 'menu', 'title'], context);
  const labels = Object.entries(raw.labels).map(([name, label]) =>
    readLabel(name, label, [...path, 'labels', name], context),
  );
  return {
    labels,
    default: raw.default ?? first,
    timeoutSeconds: raw.timeout,
    menu: raw.menu && { title: raw.menu.title, graphical: raw.menu.graphical ?? false },
    console: raw.console,
    include: [raw.include ?? []].flat(),
  };
}

const WAYS = ['kernel', 'localboot', 'com32'] as const;

function readLabel(name: string, raw: RawLabel, path: FieldPath, context: OrderContext): PxelinuxLabel {
  const { problems } = context;
  const ways = WAYS.filter((way) => raw[way] !== undefined);
  if (ways.length !== 1) {
    problems.add(path, `wanted one of ${WAYS.join(', ')}; got ${ways.join(' and ') || 'none'}`);
  }
  if (raw.kernel === undefined && raw.initrd !== undefined) {
    problems.add([...path, 'initrd'], 'goes with a kernel');
  }
  if (raw.localboot !== undefined && raw.append !== undefined) {
    problems.add([...path, 'append'], 'goes with a kernel or a program');
  }
  const append = raw.append ?? '';
  if (append.length > MAX_COMMAND_LINE) {
    problems.add([...path, 'append'], `wanted at most ${MAX_COMMAND_LINE} characters; got ${append.length}`);
  }
  const initrds = [raw.initrd ?? []].flat();
  for (const [field, text] of [
    ['text', raw.text],
    ['say', raw.say],
    ['append', raw.append],
    ['kernel', raw.kernel],
    ['com32', raw.com32],
    ...initrds.map((initrd) => ['initrd', initrd] as const),
  ] as const) {
    checkPlaceholders(text ?? '', [...path, field], context);
  }
  return { name, text: raw.text, say: raw.say, boot: bootOf(raw, initrds, append) };
}

function bootOf(
  { kernel, com32, localboot = 0 }: RawLabel,
  initrds: readonly string[],
  append: string,
): PxelinuxLabel['boot'] {
  if (kernel !== undefined) return { kind: 'kernel', kernel, initrds, append };
  if (com32 !== undefined) return { kind: 'com32', program: com32, append };
  return { kind: 'localboot', type: localboot };
}
