import { z } from 'zod';
import { line, word } from './field-schemas.ts';
import { pxelinuxOrder } from './pxelinux-schema.ts';

/** What may be tried where the order itself fails: one order, or several one after the other. */
const fallback = <S extends z.ZodType>(order: S) =>
  z
    .union([order, z.array(order).min(1)])
    .optional()
    .describe('what is tried where that fails: an order, or several one after the other');

const sanboot = z.union([
  word,
  z.strictObject({
    uri: z
      .union([word, z.array(word).min(1)])
      .describe(
        'iscsi:server:protocol:port:LUN:target, http://..., fcp:..., aoe:...; several: paths to one disk',
      ),
    'initiator-iqn': word.optional().describe('the name iPXE logs in with'),
    keep: z.boolean().optional().describe('the disk stays attached where booting from it fails'),
    'no-describe': z.boolean().optional().describe('no iBFT: the operating system is not told of the disk'),
    filename: word
      .optional()
      .describe(
        'UEFI: the program on the disk, e.g. \\EFI\\debian\\shimx64.efi (default: \\EFI\\BOOT\\BOOTX64.EFI)',
      ),
    drive: z.number().int().min(0).max(0xff).optional().describe('BIOS drive, e.g. 0x80'),
  }),
]);
const flag = z.boolean().optional();

const chainOrder = z.strictObject({
  chain: word.describe('URL of a program or script'),
  autofree: flag.describe('takes the image out of memory afterwards'),
  replace: flag.describe('the script there takes the place of this one'),
});
const sanbootOrder = z.strictObject({ sanboot: sanboot.describe('boots a disk over the network') });
const kernelOrder = z.strictObject({
  kernel: word.describe('URL of a kernel, which iPXE boots itself'),
  initrd: z
    .union([word, z.array(word).min(1)])
    .optional()
    .describe('URL of an initial ramdisk, or several'),
  args: line.optional().describe("the kernel's command line; initrd= is added"),
});
const scriptOrder = z.strictObject({
  script: z.string().min(1).describe('iPXE commands; {{serial}} is what the client sent'),
});
const simpleWords = z.enum(['exit', 'shell', 'reboot', 'poweroff']);

const pxelinux = pxelinuxOrder.describe('pxelinux of this server');

/** Without a fallback: what a fallback itself may be. */
const plainOrder = z
  .union([simpleWords, chainOrder, sanbootOrder, kernelOrder, scriptOrder, z.strictObject({ pxelinux })])
  .meta({ id: 'fallback-order' });
const or = fallback(plainOrder);

const itemOrder = z
  .union([
    simpleWords,
    chainOrder.extend({ or }),
    sanbootOrder.extend({ or }),
    kernelOrder.extend({ or }),
    scriptOrder,
    z.strictObject({ pxelinux, or }),
  ])
  .meta({ id: 'menu-item-order' });

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;
const menuOrder = z.strictObject({
  menu: z
    .strictObject({
      title: line.optional().describe('first line (default: Boot menu)'),
      items: z
        .record(
          z.string().regex(NAME, 'wanted a name of letters, digits, - and _'),
          z.strictObject({
            text: line.optional().describe('what is shown (default: its name)'),
            key: z
              .string()
              .regex(/^[a-z0-9]$/, 'wanted one letter or digit')
              .optional()
              .describe('chooses it'),
            order: itemOrder.describe('what happens then'),
          }),
        )
        .describe('what can be chosen, by name'),
      default: z.string().optional().describe('name of the item that is chosen when the time is over'),
      timeout: z.number().int().min(1).max(3600).optional().describe('seconds (default: it waits)'),
    })
    .describe("iPXE's menu"),
});

export const orderSchema = z.union([...itemOrder.options, menuOrder]).meta({ id: 'order' });

const pattern = z.union([z.string(), z.number()]);
const patterns = z.union([pattern, z.array(pattern).min(1)]);

export const ruleSchema = z.strictObject({
  match: z
    .record(
      z.string().min(1),
      z.union([patterns, z.strictObject({ not: patterns.describe('none of these') })]),
    )
    .refine((match) => Object.keys(match).length > 0, 'wanted at least one variable')
    .describe(
      'variables as boot2 gets them, each with one pattern or several (* and ? are wildcards), or not: with those it must not be',
    ),
  order: orderSchema.describe('what such a client is told to do'),
});

export const defaultOrder = orderSchema.describe('for everybody else; required with orders');
export const rules = z.array(ruleSchema).describe('who gets what; the first rule that matches wins');

/** A file of its own for the orders: `orders-file` of the configuration. */
export const ordersFileSchema = z.strictObject({
  orders: rules.optional(),
  'default-order': defaultOrder.optional(),
});

export type RawOrdersFile = z.infer<typeof ordersFileSchema>;
export type RawRule = z.infer<typeof ruleSchema>;
export type RawOrder = z.infer<typeof orderSchema>;
