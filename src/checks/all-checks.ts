import type { AnyCheck } from './check.ts';
import { AGREEMENT_CHECKS } from './dhcp/agreement.ts';
import { HEADER_CHECKS } from './dhcp/header.ts';
import { LAYOUT_CHECKS } from './dhcp/layout.ts';
import { OPTION_CHECKS } from './dhcp/options.ts';
import { REQUEST_CHECKS } from './firmware/request.ts';
import { EXCHANGE_CHECKS } from './http/exchange.ts';
import { BOOT_CHECKS } from './pxe/boot.ts';
import { BOOT_FILE_CHECKS } from './pxe/boot-file.ts';
import { LOOKUP_CHECKS } from './pxe/lookups.ts';
import { VENDOR_CHECKS } from './pxe/vendor.ts';
import { NEGOTIATION_CHECKS } from './tftp/negotiation.ts';

/** Every check, by protocol, in the order they are listed in. */
export const ALL_CHECKS: readonly AnyCheck[] = [
  ...HEADER_CHECKS,
  ...OPTION_CHECKS,
  ...LAYOUT_CHECKS,
  ...AGREEMENT_CHECKS,
  ...VENDOR_CHECKS,
  ...BOOT_FILE_CHECKS,
  ...BOOT_CHECKS,
  ...LOOKUP_CHECKS,
  ...NEGOTIATION_CHECKS,
  ...EXCHANGE_CHECKS,
  ...REQUEST_CHECKS,
];
