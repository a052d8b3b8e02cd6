import { z } from 'zod';
import { ipv4, word } from './field-schemas.ts';

export const bootSchema = z.strictObject({
  'next-server': ipv4.optional().describe('who serves the boot file by TFTP (default: address)'),
  files: z
    .record(z.string().regex(/^\d{1,5}$/, "wanted an architecture's number (option 93)"), word)
    .optional()
    .describe('boot file by architecture: 0 BIOS, 7 and 9 x64 UEFI, 11 ARM64 UEFI, 16 x64 HTTP (a URL), ...'),
  'without-architecture': word.optional().describe('for clients that do not say their architecture'),
  ipxe: word.optional().describe('URL of the script that iPXE gets; never iPXE again'),
  'no-proxy-dhcp': z
    .boolean()
    .optional()
    .describe('tells iPXE not to wait two seconds for a proxyDHCP server (default: true)'),
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
    .enum(['plain', 'skip-discovery'])
    .optional()
    .describe('offers to PXE ROMs: without option 60, or with it and 43.6 = 8 (default: plain)'),
});
