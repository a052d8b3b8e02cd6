import { endsCommand } from './ipxe-script.ts';
import type { FallibleOrder, MenuItem, MenuOrder, SimpleOrder } from './orders.ts';
import { consoleArguments, type PxelinuxLabel, type PxelinuxSpec } from './pxelinux-config.ts';

type PxelinuxOrder = Extract<FallibleOrder, { kind: 'pxelinux' }>;

/**
 * pxelinux.0 is a BIOS program, which a UEFI machine fetches and cannot start. There iPXE itself boots the labels: the
 * default, or a menu where pxelinux would show one. Undefined: another program is named, there are no labels, or something
 * in them is more than iPXE can be told.
 */
export function pxelinuxForUefi({
  url,
  spec,
  or,
}: PxelinuxOrder): SimpleOrder | FallibleOrder | MenuOrder | undefined {
  if (spec === undefined || !url.endsWith('.0') || textsOf(spec).some(isNoArgument)) return undefined;
  const folder = url.slice(0, url.lastIndexOf('/') + 1);
  const items = spec.labels.flatMap((label) => itemOf(label, { folder, console: spec.console, or }));
  if (spec.menu === undefined && spec.timeoutSeconds === undefined) {
    return items.find(({ name }) => name === spec.default)?.order;
  }
  return {
    kind: 'menu',
    title: spec.menu?.title ?? 'Boot menu',
    items,
    default: items.some(({ name }) => name === spec.default) ? spec.default : undefined,
    timeoutMs: spec.timeoutSeconds === undefined ? undefined : spec.timeoutSeconds * 1000,
  };
}

type Surroundings = {
  readonly folder: string;
  readonly console: PxelinuxSpec['console'];
  readonly or: PxelinuxOrder['or'];
};

/** Syslinux's own programs are none that iPXE could start. */
function itemOf(
  { name, text = name, boot }: PxelinuxLabel,
  { folder, console, or }: Surroundings,
): MenuItem[] {
  // `^` stands before the key that chooses the line.
  const key = /\^([a-z0-9])/i.exec(text)?.[1]?.toLowerCase();
  const shown = { name, text: text.replace('^', ''), key };
  const resolved = (file: string): string => (/^[a-z][a-z0-9+.-]*:/i.test(file) ? file : folder + file);
  switch (boot.kind) {
    case 'com32':
      return [];
    case 'localboot':
      return [{ ...shown, order: { kind: 'exit' } }];
    case 'kernel': {
      const args = [boot.append, consoleArguments(boot.append, console)].filter((part) => part !== '');
      const { kernel, initrds } = boot;
      const loaded = { kernel: resolved(kernel), initrds: initrds.map(resolved) };
      return [{ ...shown, order: { kind: 'kernel', ...loaded, args: args.join(' '), or } }];
    }
  }
}

function textsOf({ labels, menu }: PxelinuxSpec): readonly string[] {
  return [
    menu?.title ?? '',
    ...labels.flatMap(({ text = '', boot }) => [text, boot.kind === 'kernel' ? boot.append : '']),
  ];
}

function isNoArgument(text: string): boolean {
  return text.endsWith('\\') || text.split(/\s+/).some(endsCommand);
}
