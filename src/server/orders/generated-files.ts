import { type Boot1, boot1Script } from './boot1.ts';
import { type ClientVariables, type Decision, decideFrom, type Orders } from './orders.ts';
import { configText, parsePxelinuxName } from './pxelinux-name.ts';

/** Files that are made when they are asked for, and only where the folder has none of that name. */
export type GeneratedSite = {
  readonly orders: Orders;
  readonly boot1: Boot1;
};

export type GeneratedFile = {
  readonly text: string;
  /** What was decided to make it, for the log. */
  readonly orders?: { readonly client: ClientVariables; readonly decision: Decision };
};

const CONFIG_FOLDER = 'pxelinux.cfg';

/**
 * boot1, and pxelinux's configuration for clients whose order it is; whatever the folder before `pxelinux.cfg`, since that
 * is where pxelinux was loaded from (PXL-007). Undefined, at once, for everything else.
 */
export function generatedFile(segments: readonly string[], site: GeneratedSite): GeneratedFile | undefined {
  if (segments.at(-2) === CONFIG_FOLDER) return pxelinuxFile(segments.at(-1) ?? '', site.orders);
  const path = `/${segments.join('/')}`;
  if (path === site.boot1.path) return { text: boot1Script(site.boot1) };
  if (path === AUTOEXEC && site.boot1.autoexec) return { text: autoexecScript(site.boot1) };
  return undefined;
}

function pxelinuxFile(name: string, orders: Orders): GeneratedFile | undefined {
  const asked = parsePxelinuxName(name);
  switch (asked?.kind) {
    case undefined:
      return undefined;
    case 'order': {
      const config = orders.configs.get(asked.id);
      return config === undefined ? undefined : { text: configText(config, asked.client) };
    }
    case 'client':
      return fileFor(decideFrom(orders, asked.client), asked.client);
    case 'default':
      // Whoever asks for it was told nothing under any of its own names.
      return fileFor({ order: orders.defaultOrder, rule: undefined }, new Map());
  }
}

function fileFor(decision: Decision | undefined, client: ClientVariables): GeneratedFile | undefined {
  if (decision?.order.kind !== 'pxelinux' || decision.order.config === undefined) return undefined;
  return { text: configText(decision.order.config, client), orders: { client, decision } };
}

const AUTOEXEC = '/autoexec.ipxe';

/** iPXE built to look for it runs it before it has an address, in place of its own DHCP. */
function autoexecScript(boot1: Boot1): string {
  return boot1Script(boot1).replace('\n', '\ndhcp || exit\n');
}
