import type { ClientProgram } from '../event.ts';

/** The ladder a network boot climbs, lowest first. What is skipped was not needed: a ROM that is iPXE loads no file. */
export const RUNGS = ['dhcp', 'loader', 'ipxe', 'boot1', 'boot2', 'orders'] as const;
/**
 * - `dhcp`: firmware was answered.
 * - `loader`: it loads its boot file, by TFTP or (UEFI HTTP boot) by HTTP.
 * - `ipxe`: iPXE was answered.
 * - `boot1`: iPXE read the script that DHCP names.
 * - `boot2`: it was told its orders.
 * - `orders`: it carries them out: pxelinux and its search, a kernel, another script.
 */
export type Rung = (typeof RUNGS)[number];

/** `done` and `failed` are known; `stopped` is a client that went quiet on the way, for whatever reason. */
export type BootOutcome = 'running' | 'done' | 'failed' | 'stopped';

export type Failure = { readonly at: number; readonly rung: Rung; readonly reason: string };

/** Names a pxelinux has asked for in vain, one after the other. */
export type PxelinuxSearch = { readonly names: string[]; last: number };

/** One boot of one client, from firmware's first DISCOVER. Times in milliseconds, on the clock of the events. */
export type Boot = {
  readonly id: string;
  readonly begun: number;
  /** Of its last event. */
  last: number;
  ended: number | undefined;
  outcome: BootOutcome;
  rung: Rung;
  readonly reached: Partial<Record<Rung, number>>;
  program: ClientProgram;
  architecture: number | undefined;
  /** A client that only wants an address boots nothing: it is no boot until it loads something. */
  counted: boolean;
  /** What DHCP named last. */
  file: string | undefined;
  /** How the boot file came. */
  loadedBy: 'tftp' | 'http' | undefined;
  /** The boot file that was loaded. */
  loaded: string | undefined;
  order: string | undefined;
  rule: string | undefined;
  /** How often it was given orders. */
  ordered: number;
  failure: Failure | undefined;
  search: PxelinuxSearch | undefined;
  /** `default, after 10 other names`. */
  found: string | undefined;
  /** The file it asked for last. */
  latest: string | undefined;
  /** An offer nobody has taken yet. */
  offer: { readonly at: number; readonly text: string } | undefined;
};

export type Client = {
  /** MAC address, or the address of one that never said it. */
  readonly key: string;
  readonly mac: string | undefined;
  address: string | undefined;
  hostName: string | undefined;
  relay: string | undefined;
  boot: Boot | undefined;
  last: number;
  /** When its boots began that came to nothing, since the last one that did. */
  vain: number[];
  /** The last thing it was refused in silence, so that it is not told of again and again. */
  silence: { readonly because: string; readonly since: number; leftOut: number } | undefined;
  /** Counts changes: a viewer asks for what is newer than what it has. */
  changed: number;
};

export const rungAt = (rung: Rung): number => RUNGS.indexOf(rung);
