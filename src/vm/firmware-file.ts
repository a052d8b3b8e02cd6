import { z } from 'zod';
import { linkPlanSchema } from '../link/link-plan-file.ts';

const packagedFile = z.strictObject({
  file: z
    .string()
    .regex(/^\//, 'wanted an absolute path')
    .describe('absolute path as the Debian package has it; {a,b} where releases differ'),
  package: z.string().describe('Debian package that has it'),
});

/** Option ROM of a network card. */
const nicRom = z
  .union([z.literal('none'), packagedFile])
  .optional()
  .describe("option ROM of the network card: none, or a file; QEMU's own where absent");

/** What is different on another network card. */
const otherNic = z.strictObject({
  title: z.string().min(1).describe('as the title of the entry'),
  nic: z.string().describe('network card: -device NIC'),
  'nic-rom': nicRom,
  needs: z.array(packagedFile).optional().describe('further files that QEMU finds by itself for this card'),
  budget: z.number().positive().max(3600).optional().describe("seconds; the entry's own where absent"),
  notes: z.string().optional().describe("what is worth knowing about this one; the entry's own where absent"),
});

/** vm/firmware/<id>.yaml: what a client machine starts with, and how to start it. */
export const firmwareFileSchema = z.strictObject({
  title: z.string().min(1).describe('machine, firmware and network card, in a few words'),
  client: z.enum(['ipxe', 'dumb']).describe('whether its very first DHCP message already comes from iPXE'),
  architecture: z
    .union([z.number().int().min(0).max(0xffff), z.literal('none')])
    .describe('what it says in DHCP option 93; none: it has no such option'),
  qemu: z
    .strictObject({
      program: z.string().describe('command, for example qemu-system-x86_64'),
      package: z.string().describe('Debian package that has the command'),
      machine: z.string().describe('-machine, without the accelerator'),
      cpu: z.string().optional().describe('-cpu'),
      memory: z.number().int().min(16).describe('MiB'),
      nic: z.string().describe('network card: -device NIC'),
      'nic-rom': nicRom,
      firmware: packagedFile.optional().describe("code flash; the machine's own BIOS where absent"),
      bios: packagedFile.optional().describe('-bios: firmware that lies in no flash'),
      kernel: packagedFile
        .optional()
        .describe("-kernel: firmware that the machine's own firmware starts as it would an operating system"),
      variables: packagedFile.optional().describe('variable flash, copied for each boot'),
      needs: z.array(packagedFile).optional().describe('files that QEMU finds by itself'),
      screen: z
        .literal('none')
        .optional()
        .describe(
          'there is no screen, only the serial console: for machines or firmware that cannot use a VGA card',
        ),
      boot: z.string().optional().describe('-boot: order of devices on a PC BIOS'),
      devices: z.array(z.string()).optional().describe('further -device arguments'),
      'fw-cfg': z
        .record(z.string().regex(/^opt\/[^,=]+$/, 'wanted a name that begins with opt/'), z.string())
        .optional()
        .describe('-fw_cfg: settings that firmware reads from QEMU, by name'),
    })
    .describe('how QEMU is started'),
  link: linkPlanSchema
    .optional()
    .describe('a persona: what the cable does so that this machine passes for another one'),
  nics: z
    .record(z.string().regex(/^[a-z0-9]+$/, 'wanted small letters and digits'), otherNic)
    .optional()
    .describe('the same machine with other network cards: each is an entry of its own, <id>-<name>'),
  keys: z
    .array(
      z.strictObject({
        prompt: z.string().min(4).describe('text of the line that has not ended yet'),
        send: z
          .string()
          .min(1)
          .describe('what is typed on the serial console, once for each time it is shown'),
      }),
    )
    .optional()
    .describe('prompts that wait for a person, and the key that makes the machine go on at once'),
  budget: z.number().positive().max(3600).describe('seconds a whole boot may take without KVM'),
  notes: z.string().optional().describe('what is worth knowing, with its source'),
});

export type FirmwareFile = z.infer<typeof firmwareFileSchema>;
