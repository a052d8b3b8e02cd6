/**
 * pxelinux configurations: syslinux doc/syslinux.txt and doc/menu.txt. Kernel and initrd are named as they are everywhere in
 * syslinux: relative to where pxelinux itself was loaded from, or as a URL.
 */
import { createHash } from 'node:crypto';
import { placeholdersOf } from './client-text.ts';

export type PxelinuxLabel = {
  readonly name: string;
  /** What the menu shows; undefined: the name. */
  readonly text: string | undefined;
  /** Printed when it is booted. */
  readonly say: string | undefined;
  readonly boot:
    | {
        readonly kind: 'kernel';
        readonly kernel: string;
        readonly initrds: readonly string[];
        readonly append: string;
      }
    | { readonly kind: 'localboot'; readonly type: number }
    | { readonly kind: 'com32'; readonly program: string; readonly append: string };
};

export type PxelinuxSpec = {
  readonly labels: readonly PxelinuxLabel[];
  readonly default: string;
  /** Undefined: the default is booted at once, or with a menu after somebody chose. */
  readonly timeoutSeconds: number | undefined;
  readonly menu: { readonly title: string; readonly graphical: boolean } | undefined;
  /** A serial port: pxelinux itself uses it, and every kernel is told to. */
  readonly console: { readonly port: number; readonly speed: number } | undefined;
  /** Files that are read as if they stood here. */
  readonly include: readonly string[];
};

export type PxelinuxConfig = {
  /** Of its text: the same after a restart, another one as soon as something in it is changed. */
  readonly id: string;
  /** With `{{serial}}` and the like still in it. */
  readonly text: string;
  /** The client's variables that its text has. */
  readonly variables: readonly string[];
};

const ID_DIGITS = 16;
/** Of the two clocks that the timeout could be counted in, pxelinux has tenths of a second. */
const TIMEOUT_UNITS = 10;

export function pxelinuxConfig(spec: PxelinuxSpec): PxelinuxConfig {
  const text = `${lines(spec).join('\n')}\n`;
  const variables = new Set(placeholdersOf(text).map(({ name }) => name));
  const id = createHash('sha256').update(text).digest('hex').slice(0, ID_DIGITS);
  return { id, text, variables: [...variables].toSorted() };
}

function lines(spec: PxelinuxSpec): readonly string[] {
  const { console: serial, menu, include, timeoutSeconds } = spec;
  return [
    // It has to be the first line (syslinux.txt, SERIAL).
    ...(serial === undefined ? [] : [`SERIAL ${serial.port} ${serial.speed}`]),
    `DEFAULT ${spec.default}`,
    ...(menu === undefined
      ? []
      : [`UI ${menu.graphical ? 'vesamenu.c32' : 'menu.c32'}`, `MENU TITLE ${menu.title}`]),
    // Without a menu somebody is asked only where there is a time for it.
    ...(menu === undefined ? [`PROMPT ${timeoutSeconds === undefined ? 0 : 1}`] : []),
    ...(timeoutSeconds === undefined ? [] : [`TIMEOUT ${timeoutSeconds * TIMEOUT_UNITS}`]),
    ...include.map((file) => `INCLUDE ${file}`),
    ...spec.labels.flatMap((label) => ['', ...labelLines(label, spec)]),
  ];
}

function labelLines({ name, text, say, boot }: PxelinuxLabel, spec: PxelinuxSpec): readonly string[] {
  return [
    `LABEL ${name}`,
    ...(text === undefined ? [] : [`  MENU LABEL ${text}`]),
    ...(spec.menu !== undefined && name === spec.default ? ['  MENU DEFAULT'] : []),
    ...(say === undefined ? [] : [`  SAY ${say}`]),
    ...bootLines(boot, spec.console).map((line) => `  ${line}`),
  ];
}

function bootLines(boot: PxelinuxLabel['boot'], serial: PxelinuxSpec['console']): readonly string[] {
  switch (boot.kind) {
    case 'kernel': {
      const append = [boot.append, consoleArguments(boot.append, serial)]
        .filter((part) => part !== '')
        .join(' ');
      return [
        `LINUX ${boot.kernel}`,
        ...(boot.initrds.length === 0 ? [] : [`INITRD ${boot.initrds.join(',')}`]),
        ...(append === '' ? [] : [`APPEND ${append}`]),
      ];
    }
    case 'localboot':
      return [`LOCALBOOT ${boot.type}`];
    case 'com32':
      return [`COM32 ${boot.program}`, ...(boot.append === '' ? [] : [`APPEND ${boot.append}`])];
  }
}

/** Both, the last one is /dev/console. An operator who names consoles himself is left alone. */
export function consoleArguments(append: string, serial: PxelinuxSpec['console']): string {
  if (serial === undefined || /(^|\s)console=/.test(append)) return '';
  return `console=tty0 console=ttyS${serial.port},${serial.speed}n8`;
}
