import { z } from 'zod';
import { parseIpv4 } from '../../wire/address.ts';

// Fields that more than one section of the configuration has.

export const ipv4 = z
  .string()
  .refine((text) => parseIpv4(text) !== undefined, 'wanted an IPv4 address like 10.188.0.10')
  .describe('IPv4 address');
export const port = z
  .number()
  .int()
  .min(0)
  .max(65_535)
  .describe('where it listens (default: the well-known port); 0: any');
export const domainName = z
  .string()
  .regex(/^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?$/, 'wanted a domain name like example.com');
/** What stands in one word of an iPXE command, or in a DHCP field. */
export const word = z.string().regex(/^[!-~]+$/, 'wanted one word of printable ASCII');
/** What stands in one line of a script or of pxelinux's configuration. */
export const line = z.string().regex(/^\P{Cc}+$/u, 'wanted one line of text');
