import { latin1 } from '../wire/bytes.ts';
import { parseTftp, type Tftp, type TftpOption } from '../wire/tftp.ts';

const OPCODE_OCTETS = 2;
const CODE_OCTETS = 4;

/**
 * A TFTP packet; of one that the capture cut (`missing` octets of it are not there) what can be said: a text that is cut
 * ends with `…`, and options that are not there whole are left out. Undefined where it cannot be read.
 */
export function readTftp(bytes: Uint8Array, missing: number): Tftp | undefined {
  const parsed = parseTftp(bytes);
  if (parsed.ok) return parsed.value;
  if (missing === 0) return undefined;
  const opcode = bytes[0] === 0 ? bytes[1] : undefined;
  switch (opcode) {
    case 1:
    case 2: {
      const { texts, cut } = textsOf(bytes.subarray(OPCODE_OCTETS));
      const [file = `${cut}…`, mode = '…', ...pairs] = texts;
      return { kind: opcode === 1 ? 'rrq' : 'wrq', file, mode, options: optionsOf(pairs) };
    }
    case 5: {
      if (bytes.length < CODE_OCTETS) return undefined;
      const { cut } = textsOf(bytes.subarray(CODE_OCTETS));
      return { kind: 'error', code: bytes[3] as number, message: `${cut}…`, trailing: new Uint8Array(0) };
    }
    case 6:
      return { kind: 'oack', options: optionsOf(textsOf(bytes.subarray(OPCODE_OCTETS)).texts) };
    default:
      return undefined;
  }
}

function textsOf(bytes: Uint8Array): { readonly texts: readonly string[]; readonly cut: string } {
  const texts = latin1(bytes).split('\0');
  const cut = texts.pop() ?? '';
  return { texts, cut };
}

function optionsOf(texts: readonly string[]): readonly TftpOption[] {
  const options: TftpOption[] = [];
  for (let at = 0; at + 1 < texts.length; at += 2)
    options.push({ name: texts[at] as string, value: texts[at + 1] as string });
  return options;
}
