import { z } from 'zod';
import { line, word } from './field-schemas.ts';

/** pxelinux takes several initrds with commas between them. */
const fileName = word.regex(/^[^,]+$/, 'wanted a name without a comma').describe('name, or URL');

const label = z.strictObject({
  text: line.optional().describe('what a menu shows (default: its name)'),
  kernel: fileName.optional().describe('Linux kernel, relative to where pxelinux.0 is, or a URL'),
  initrd: z
    .union([fileName, z.array(fileName).min(1)])
    .optional()
    .describe('initial ramdisk, or several'),
  append: line.optional().describe("the kernel's command line, or the program's arguments"),
  localboot: z
    .number()
    .int()
    .min(-1)
    .max(0xff)
    .optional()
    .describe('in place of a kernel: the local disk (0), or the next boot device (-1)'),
  com32: fileName.optional().describe('in place of a kernel: a program of syslinux, e.g. hdt.c32'),
  say: line.optional().describe('printed before it is booted'),
});

export const pxelinuxOrder = z
  .strictObject({
    program: word.optional().describe('URL, or path on this server (default: /pxelinux.0)'),
    labels: z
      .record(
        z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'wanted a name of letters, digits, - _ and .'),
        label,
      )
      .optional()
      .describe('what can be booted; without it pxelinux looks for a file, as it does everywhere'),
    default: z.string().optional().describe('name of a label (default: the first)'),
    timeout: z.number().int().min(1).max(3500).optional().describe('seconds until the default is booted'),
    menu: z
      .strictObject({
        title: line.describe('first line'),
        graphical: z.boolean().optional().describe('vesamenu.c32 in place of menu.c32'),
      })
      .optional()
      .describe('shows the labels as a menu'),
    console: z
      .strictObject({
        port: z.number().int().min(0).max(3).describe('0 is COM1, ttyS0'),
        speed: z.number().int().min(75).max(115_200).describe('baud, e.g. 115200'),
      })
      .optional()
      .describe('serial port: SERIAL for pxelinux, console= for kernels that name none'),
    include: z
      .union([fileName, z.array(fileName).min(1)])
      .optional()
      .describe('configuration files to read as well'),
  })
  .meta({
    id: 'pxelinux-order',
    description: "pxelinux, with a configuration that is made from this order's labels",
  });

export type RawPxelinux = z.infer<typeof pxelinuxOrder>;
