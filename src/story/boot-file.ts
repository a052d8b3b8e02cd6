import { latin1 } from '../wire/bytes.ts';
import { type DhcpMessage, fileName, optionData } from '../wire/dhcp/message.ts';

const OPTION_BOOTFILE_NAME = 67;

/** The boot file name a reply hands out: `file`, where it is empty option 67, as iPXE reads it. Undefined where neither is there. */
export function bootFileOf(message: DhcpMessage): string | undefined {
  const field = fileName(message);
  if (field !== '') return field;
  const option = optionData(message, OPTION_BOOTFILE_NAME);
  if (option === undefined || option.length === 0) return undefined;
  // RFC 2132 §2: receivers must not stumble over trailing NULs.
  const end = option.indexOf(0);
  return latin1(end < 0 ? option : option.subarray(0, end));
}
