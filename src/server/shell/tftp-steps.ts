import type { Clock } from './clock.ts';
import type { Peer, UdpHandler, UdpSocket } from './udp-socket.ts';

/** What every transfer's core is told of. */
type CommonInput =
  | { readonly kind: 'datagram'; readonly bytes: Uint8Array; readonly fromPeer: boolean }
  | { readonly kind: 'timer' };

/** What every transfer's core wants done. */
export type CommonOutput =
  | { readonly kind: 'send'; readonly bytes: Uint8Array }
  | { readonly kind: 'send-to-stranger'; readonly bytes: Uint8Array }
  | { readonly kind: 'wake'; readonly at: number };

type Stepped<State, Output> = readonly [State, readonly (Output | CommonOutput)[]];

/** `Input` and `Output`: what this core has besides. */
export type StepsSpec<State, Input, Output> = {
  readonly peer: Peer;
  readonly clock: Clock;
  /** The transfer's port: where its datagrams come from and go to. */
  readonly open: (onDatagram: UdpHandler) => Promise<UdpSocket>;
  readonly first: Stepped<State, Output>;
  readonly step: (state: State, input: Input | CommonInput, now: number) => Stepped<State, Output>;
  /** One after the other. A promise where one has to wait: for the disk. */
  readonly carryOut: (output: Output) => Promise<void> | undefined;
  /** One of them did. */
  readonly failed: (error: unknown) => void;
};

/** The core of one transfer with its port, its alarm, and its outputs in their order. */
export interface Steps<State, Input> {
  readonly state: () => State;
  readonly isOpen: () => boolean;
  readonly begin: () => void;
  readonly take: (input: Input) => void;
  /** To the peer, at once. */
  readonly send: (bytes: Uint8Array) => void;
  /** From now on nothing is heard or done. Resolves when what was being done has ended, and the port is free. */
  readonly close: () => Promise<void>;
}

/** Nothing happens before begin(). Throws what opening the port throws. */
export async function openSteps<State, Input, Output extends { readonly kind: string }>(
  spec: StepsSpec<State, Input, Output>,
): Promise<Steps<State, Input>> {
  const { peer, clock } = spec;
  let [state] = spec.first;
  let wake: Disposable | undefined;
  let open = true;
  /** What is being done. */
  let last: Promise<void> | undefined;

  const socket = await spec.open((bytes, from) => {
    const fromPeer = from.address === peer.address && from.port === peer.port;
    advance(spec.step(state, { kind: 'datagram', bytes, fromPeer }, clock.now()), from);
  });

  const advance = ([next, outputs]: Stepped<State, Output>, from: Peer): void => {
    if (!open) return;
    state = next;
    for (const output of outputs) {
      if (!isCommon(output)) inTurn(() => spec.carryOut(output));
      else if (output.kind === 'wake') wakeAt(output.at);
      else {
        const to = output.kind === 'send' ? peer : from;
        inTurn(() => {
          socket.send(output.bytes, to.port, to.address);
          return undefined;
        });
      }
    }
  };

  const wakeAt = (at: number): void => {
    wake?.[Symbol.dispose]();
    wake = clock.after(Math.max(0, at - clock.now()), () =>
      advance(spec.step(state, { kind: 'timer' }, Math.max(at, clock.now())), peer),
    );
  };

  const inTurn = (work: () => Promise<void> | undefined): void => {
    const whileOpen = (): Promise<void> | undefined => (open ? work() : undefined);
    const pending = last === undefined ? whileOpen() : last.then(whileOpen);
    if (pending === undefined) return;
    const mine = pending.catch(spec.failed).finally(() => {
      if (last === mine) last = undefined;
    });
    last = mine;
  };

  return {
    state: () => state,
    isOpen: () => open,
    begin: () => advance(spec.first, peer),
    take: (input) => advance(spec.step(state, input, clock.now()), peer),
    send: (bytes) => socket.send(bytes, peer.port, peer.address),
    close: async () => {
      open = false;
      wake?.[Symbol.dispose]();
      await last;
      await socket[Symbol.asyncDispose]();
    },
  };
}

const COMMON: ReadonlySet<string> = new Set<CommonOutput['kind']>(['send', 'send-to-stranger', 'wake']);
function isCommon(output: { readonly kind: string }): output is CommonOutput {
  return COMMON.has(output.kind);
}
