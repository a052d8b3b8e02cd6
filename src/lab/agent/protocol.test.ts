import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AgentInput, agentInputReader, encodeCommand, encodeFrame } from './protocol.ts';

describe('agentInputReader', () => {
  const inputs: readonly AgentInput[] = [
    { kind: 'frame', port: 'inject', frame: Uint8Array.of(1, 2, 3) },
    { kind: 'command', command: { kind: 'stop-capture' } },
    { kind: 'frame', port: '', frame: new Uint8Array(0) },
    { kind: 'frame', port: 'gateway', frame: new Uint8Array(1514).fill(0xa5) },
  ];
  const bytes = Buffer.concat(
    inputs.map((input) =>
      input.kind === 'frame' ? encodeFrame(input.port, input.frame) : encodeCommand(input.command),
    ),
  );

  it('gives back what was encoded, wherever the chunks are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
        const seen: AgentInput[] = [];
        const read = agentInputReader((input) =>
          seen.push(input.kind === 'frame' ? { ...input, frame: Uint8Array.from(input.frame) } : input),
        );
        const ends = [...cuts, bytes.length].sort((a, b) => a - b);
        let at = 0;
        for (const end of ends) {
          read(bytes.subarray(at, end));
          at = end;
        }
        expect(seen).toEqual(inputs);
      }),
    );
  });
});
