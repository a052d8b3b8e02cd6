import { describe, expect, it } from 'vitest';
import { orderScript } from './order-script.ts';
import type { Order } from './orders.ts';
import { type PxelinuxLabel, type PxelinuxSpec, pxelinuxConfig } from './pxelinux-config.ts';
import { pxelinuxForUefi } from './pxelinux-for-uefi.ts';
import { client } from './testing/made-orders.ts';

const label = (name: string, boot: PxelinuxLabel['boot'], text?: string): PxelinuxLabel => ({
  name,
  text,
  say: undefined,
  boot,
});
const install = label(
  'install',
  { kind: 'kernel', kernel: 'debian/linux', initrds: ['i', 'http://h/j'], append: 'h={{serial}}' },
  '^Install',
);
const spec: PxelinuxSpec = {
  labels: [
    install,
    label('local', { kind: 'localboot', type: 0 }),
    label('hdt', { kind: 'com32', program: 'hdt.c32', append: '' }),
  ],
  default: 'install',
  timeoutSeconds: undefined,
  menu: undefined,
  console: { port: 0, speed: 115_200 },
  include: [],
};
const order = (over: Partial<PxelinuxSpec> = {}): Extract<Order, { kind: 'pxelinux' }> => ({
  kind: 'pxelinux',
  url: 'http://pxe.example.com/bios/pxelinux.0',
  config: pxelinuxConfig({ ...spec, ...over }),
  spec: { ...spec, ...over },
  or: [{ kind: 'exit' }],
});
const efi = client({ platform: 'efi', serial: 'S 1' });

describe('pxelinuxForUefi', () => {
  it('boots the default by iPXE where pxelinux would boot it at once', () => {
    const base = 'http://pxe.example.com/bios';
    expect(orderScript(order(), efi)).toBe(
      `#!ipxe
kernel ${base}/debian/linux initrd=initrd initrd=initrd2 h=S%201 console=tty0 console=ttyS0,115200n8 || goto failed
initrd --name initrd ${base}/i || goto failed
initrd --name initrd2 http://h/j || goto failed
boot || goto failed
exit
:failed
imgfree
exit
`,
    );
    expect(orderScript(order({ default: 'local' }), efi)).toBe('#!ipxe\nexit\n');
  });

  it('shows a menu where pxelinux would, without programs that only syslinux can start', () => {
    const script = orderScript(order({ menu: { title: 'Pick', graphical: true }, timeoutSeconds: 9 }), efi);
    expect(script).toContain(
      'set menu-timeout 9000\n:menu\nmenu Pick\nitem --key i install Install\nitem local local\nchoose --default install ',
    );
    expect(script).not.toContain('hdt');
  });

  it('leaves BIOS machines, and those that did not say, to pxelinux', () => {
    for (const platform of ['pcbios', '']) {
      expect(orderScript(order(), client({ platform }))).toContain(
        'chain http://pxe.example.com/bios/pxelinux.0',
      );
    }
    expect(orderScript(order(), client({}))).toContain('set 209:string');
  });

  it('does not try what iPXE cannot be told, or another program than pxelinux.0', () => {
    const append = 'a || b';
    const labels = [label('x', { kind: 'kernel', kernel: 'l', initrds: [], append })];
    expect(pxelinuxForUefi(order({ labels, default: 'x' }))).toBeUndefined();
    expect(pxelinuxForUefi({ ...order(), url: 'http://h/syslinux.efi' })).toBeUndefined();
    expect(pxelinuxForUefi({ ...order(), spec: undefined })).toBeUndefined();
    expect(pxelinuxForUefi(order({ default: 'hdt' }))).toBeUndefined();
  });
});
