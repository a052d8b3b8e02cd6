import { statSync } from 'node:fs';
import { join } from 'node:path';
import { bootPath } from '../files/boot-path.ts';
import { type Order, ordersWithin } from '../orders/orders.ts';
import type { PxelinuxSpec } from '../orders/pxelinux-config.ts';

/** Modules without which pxelinux 5 and newer does nothing, or shows no menu (syslinux doc/pxelinux.txt). */
const ALWAYS = ['ldlinux.c32'];
const MENU = ['libutil.c32'];
const GRAPHICAL_MENU = ['libutil.c32', 'libcom32.c32'];

/**
 * Files of this server that orders send clients to and that are not there (IPXE-008): they may be put there later, so it
 * is no error. URLs of other servers, and those with something of the client's or iPXE's own in them, are not looked at.
 */
export class OrderFiles {
  readonly #root: string;
  readonly #origin: string;
  readonly #told = new Set<string>();

  constructor(root: string, origin: string) {
    this.#root = root;
    this.#origin = origin;
  }

  /** Paths below the folder, each told once. */
  missing(order: Order): readonly string[] {
    const names = ordersWithin(order).flatMap((one) => this.#namedBy(one));
    return [...new Set(names)].filter((name) => {
      if (this.#told.has(name) || this.#has(name)) return false;
      this.#told.add(name);
      return true;
    });
  }

  #namedBy(order: Order): readonly string[] {
    switch (order.kind) {
      case 'chain':
        return this.#paths([order.url]);
      case 'kernel':
        return this.#paths([order.kernel, ...order.initrds]);
      case 'sanboot':
        return this.#paths(order.uris);
      case 'pxelinux': {
        const folder = order.url.slice(0, order.url.lastIndexOf('/') + 1);
        const modules = /\.0$/.test(order.url) ? ALWAYS : [];
        const named = [order.url, ...modules, ...(order.spec === undefined ? [] : filesOf(order.spec))];
        return this.#paths(named.map((name) => (name.includes('://') ? name : folder + name)));
      }
      default:
        return [];
    }
  }

  /** Of URLs that lead to this server's folder. */
  #paths(urls: readonly string[]): readonly string[] {
    return urls.flatMap((url) => {
      if (/\{\{|\$\{/.test(url) || !url.startsWith(`${this.#origin}/`)) return [];
      const path = bootPath(url.slice(this.#origin.length).replace(/[?#].*$/, ''));
      return path.kind === 'path' ? [path.segments.join('/')] : [];
    });
  }

  #has(name: string): boolean {
    return statSync(join(this.#root, name), { throwIfNoEntry: false })?.isFile() ?? false;
  }
}

function filesOf({ labels, include, menu }: PxelinuxSpec): readonly string[] {
  const booted = labels.flatMap(({ boot }) =>
    boot.kind === 'kernel' ? [boot.kernel, ...boot.initrds] : boot.kind === 'com32' ? [boot.program] : [],
  );
  const shown =
    menu === undefined ? [] : menu.graphical ? ['vesamenu.c32', ...GRAPHICAL_MENU] : ['menu.c32', ...MENU];
  return [...shown, ...include, ...booted];
}
