/** Classic BPF programs on sockets: linux/filter.h, Documentation/networking/filter.rst. */
import { checked, SOCK_FPROG_SIZE, setFilter } from './libc.ts';
import { LITTLE_ENDIAN } from './native.ts';

const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const LOAD_WORD = 0x20; // BPF_LD | BPF_W | BPF_ABS
const JUMP_IF_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const RETURN = 0x06; // BPF_RET | BPF_K
/** SKF_AD_OFF + SKF_AD_IFINDEX: not packet data but the index of the interface it came through. */
const INTERFACE_INDEX = 0xfffff008;
const WHOLE_PACKET = 0xffffffff;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, k: number];

/** Keeps what came through any other interface. At most 250 of them: a jump is one octet. */
export function exceptInterfaces(indexes: readonly number[]): readonly Instruction[] {
  return [
    [LOAD_WORD, 0, 0, INTERFACE_INDEX],
    // To the last instruction, which drops: over the comparisons that follow and over "keep".
    ...indexes.map((index, at): Instruction => [JUMP_IF_EQUAL, indexes.length - at, 0, index]),
    [RETURN, 0, 0, WHOLE_PACKET],
    [RETURN, 0, 0, 0],
  ];
}

/** From here on only what the program keeps reaches the socket. Throws OsError. */
export function attachFilter(fd: number, program: readonly Instruction[]): void {
  const view = new DataView(new ArrayBuffer(program.length * 8));
  for (const [at, [code, ifTrue, ifFalse, k]] of program.entries()) {
    view.setUint16(at * 8, code, LITTLE_ENDIAN);
    view.setUint8(at * 8 + 2, ifTrue);
    view.setUint8(at * 8 + 3, ifFalse);
    view.setUint32(at * 8 + 4, k, LITTLE_ENDIAN);
  }
  const value = { len: program.length, filter: new Uint8Array(view.buffer) };
  checked(
    'setsockopt(SO_ATTACH_FILTER)',
    setFilter(fd, SOL_SOCKET, SO_ATTACH_FILTER, value, SOCK_FPROG_SIZE),
  );
}
