import { z } from 'zod';
import { IPXE_FEATURES } from '../../wire/dhcp/opt-ipxe.ts';
import { domainName, ipv4, word } from './field-schemas.ts';

/** Names of files by architecture: `efi-x64`, `7`. Which names there are is checked beyond the schema, with the nearest one. */
const filesByArchitecture = z.record(
  z.string().regex(/^[a-z0-9-]+$/, "wanted an architecture's name or number (option 93)"),
  word,
);

/** What a menu shows on a text screen. */
const menuText = z
  .string()
  .regex(/^[ -~]{1,79}$/, 'wanted one line of at most 79 characters, printable ASCII');

const menuItem = z.strictObject({
  text: menuText.describe('the line of the menu'),
  files: filesByArchitecture
    .optional()
    .describe('what it boots, by architecture; clients of another one are not shown it'),
  'next-server': ipv4.optional().describe("who serves these files by TFTP (default: boot's)"),
  server: ipv4.optional().describe('another boot server, which answers for this type on its own port 4011'),
  type: z
    .number()
    .int()
    .min(1)
    .max(0xffff)
    .optional()
    .describe('boot server type; given with server (default: 32768 and on, in the order of the list)'),
  'local-disk': z.literal(true).optional().describe('leaves the network boot'),
});

const pxeMenu = z.strictObject({
  prompt: menuText.optional().describe('shown before the menu (default: Press F8 for a boot menu)'),
  timeout: z
    .union([z.number().int().min(0).max(254), z.literal('never')])
    .optional()
    .describe('seconds until the first item is taken; 0: at once; never (default: 10)'),
  items: z
    .array(menuItem)
    .min(1)
    .describe('lines of the menu, in this order; the first is taken when the time is up'),
});

const san = {
  'root-path': word
    .optional()
    .describe('option 17: the disk for iPXE, iscsi:SERVER:PROTOCOL:PORT:LUN:TARGET (empty: 6, 3260, 0)'),
  'keep-san': z
    .boolean()
    .optional()
    .describe('175.8: the disk stays attached when what was booted ends, to install on it (default: false)'),
  'skip-san-boot': z
    .boolean()
    .optional()
    .describe('175.9: the disk is attached, not booted (default: false)'),
};

/** What one client boots, where that is not what everybody does. */
export const clientBootSchema = z.strictObject({
  file: word.optional().describe('for its firmware, whatever its architecture'),
  'next-server': ipv4.optional().describe('who serves it by TFTP'),
  ipxe: word.optional().describe('URL of the script that its iPXE gets'),
  ...san,
});

export const bootSchema = z.strictObject({
  'next-server': ipv4.optional().describe('who serves the boot file by TFTP (default: address)'),
  'next-server-name': domainName
    .optional()
    .describe('its name, for sname and option 66 (default: its address)'),
  files: filesByArchitecture
    .optional()
    .describe(
      'boot file by architecture: bios, efi-x64, efi-arm64, efi-x64-http (a URL), or numbers: 0, 7, 11, 16',
    ),
  'without-architecture': word.optional().describe('for clients that do not say their architecture'),
  'raspberry-pi': word
    .optional()
    .describe("for a Raspberry Pi's own firmware, known by its hardware address: bootcode.bin"),
  ipxe: word.optional().describe('URL of the script that iPXE gets; never iPXE again'),
  'ipxe-needs': z
    .array(z.enum(IPXE_FEATURES as [string, ...string[]]))
    .optional()
    .describe('features of iPXE (option 175) that the script needs, besides what its URL needs'),
  'limited-ipxe': z
    .enum(['chainload', 'script', 'nothing'])
    .optional()
    .describe(
      'an iPXE without these features: is sent a whole one as firmware is, once; the script; nothing (default: chainload)',
    ),
  'no-proxy-dhcp': z
    .boolean()
    .optional()
    .describe('tells iPXE not to wait two seconds for a proxyDHCP server (default: true)'),
  ...san,
  'server-name-in': z
    .array(z.enum(['sname', 'option-66']))
    .optional()
    .describe("where the TFTP server's name stands; option 66 if asked for (default: both)"),
  'boot-file-in': z
    .array(z.enum(['file', 'option-67']))
    .min(1)
    .optional()
    .describe('where the name stands; option 67 if asked for (default: both)'),
  'long-names': z
    .enum(['option-67', 'cut'])
    .optional()
    .describe(
      'a name of more than 127 octets: whole in option 67, or cut as a defective server does (default: option-67)',
    ),
  'pxe-offer': z
    .enum(['plain', 'skip-discovery', 'menu', 'boot-server'])
    .optional()
    .describe(
      'offers to PXE ROMs: without option 60; with it and 43.6 = 8; with pxe-menu; file on port 4011 only (default: plain; menu if there is one; skip-discovery beside another DHCP server)',
    ),
  'pxe-menu': pxeMenu.optional().describe('a menu that PXE ROMs show; port 4011 is served then'),
});
