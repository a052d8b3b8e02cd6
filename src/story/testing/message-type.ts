import type { OptionToSend } from '../../wire/dhcp/build-message.ts';
import { type MessageTypeName, serializeMessageType } from '../../wire/dhcp/opt-message-type.ts';

/** Option 53. */
export function messageTypeOption(type: MessageTypeName): OptionToSend {
  return { code: 53, data: serializeMessageType(type) };
}
