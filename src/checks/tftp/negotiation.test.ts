import { describe } from 'vitest';
import type { TftpEvent } from '../../story/event.ts';
import { ipv4 } from '../../wire/address.ts';
import type { TftpOption } from '../../wire/tftp.ts';
import { judge } from '../testing/fixtures.ts';
import { NEGOTIATION_CHECKS } from './negotiation.ts';

const options = (said: Readonly<Record<string, string>>): readonly TftpOption[] =>
  Object.entries(said).map(([name, value]) => ({ name, value }));

/** A whole read of 100 octets that asked for `requested` and was granted `acknowledged`. */
function transfer(
  requested: Readonly<Record<string, string>>,
  acknowledged: Readonly<Record<string, string>> | undefined,
  changes: Partial<TftpEvent> = {},
): TftpEvent {
  return {
    ...{ kind: 'tftp', timeNs: 1n, endNs: 2n, stage: 'firmware', frames: [1, 4] },
    ...{ operation: 'read', file: 'undionly.kpxe', mode: 'octet', requested: options(requested) },
    acknowledged: acknowledged === undefined ? undefined : options(acknowledged),
    client: { ip: ipv4('10.188.0.66'), port: 2070 },
    server: { ip: ipv4('10.188.0.10'), port: 49_152 },
    ...{ outcome: 'complete', octets: 100, sha256: 'a', program: undefined, retransmissions: 0, missing: 0 },
    error: undefined,
    ...changes,
  };
}

describe('NEGOTIATION_CHECKS', () => {
  judge(NEGOTIATION_CHECKS, {
    'tftp.oack.only-requested': {
      passes: [
        transfer({ blksize: '1468' }, { BLKSIZE: '1468' }),
        transfer({ tsize: '0', blksize: '8' }, { tsize: '1' }),
      ],
      fails: [transfer({ blksize: '1468' }, { blksize: '1468', tsize: '9' })],
      doesNotApply: [transfer({ blksize: '1468' }, undefined)],
    },
    'tftp.oack.not-empty': {
      passes: [transfer({ blksize: '1468' }, { blksize: '1468' })],
      fails: [transfer({ foo: 'bar' }, {})],
      doesNotApply: [transfer({ foo: 'bar' }, undefined)],
    },
    'tftp.oack.blksize': {
      passes: [
        transfer({ blksize: '1468' }, { blksize: '1408' }),
        transfer({ blksize: '8' }, { blksize: '8' }),
      ],
      fails: [
        transfer({ blksize: '1408' }, { blksize: '1468' }),
        // Below the least there is.
        transfer({ blksize: '7' }, { blksize: '7' }),
        transfer({ blksize: '7' }, { blksize: '8' }),
        transfer({ blksize: '1408' }, { blksize: 'many' }),
      ],
      doesNotApply: [transfer({ blksize: '1468' }, { tsize: '9' }), transfer({}, undefined)],
    },
    'tftp.oack.windowsize': {
      passes: [transfer({ windowsize: '16' }, { windowsize: '4' })],
      fails: [
        transfer({ windowsize: '4' }, { windowsize: '16' }),
        transfer({ windowsize: '0' }, { windowsize: '0' }),
      ],
      doesNotApply: [transfer({ windowsize: '16' }, undefined)],
    },
    'tftp.oack.timeout': {
      passes: [transfer({ timeout: '3' }, { timeout: '3' })],
      fails: [transfer({ timeout: '3' }, { timeout: '1' })],
      doesNotApply: [transfer({ timeout: '3' }, { blksize: '512' })],
    },
    'tftp.oack.tsize': {
      passes: [
        transfer({ tsize: '0' }, { tsize: '100' }),
        transfer({ tsize: '0' }, { tsize: '100' }, { outcome: 'size-probe', octets: 0, sha256: undefined }),
      ],
      fails: [transfer({ tsize: '0' }, { tsize: '99' }), transfer({ tsize: '0' }, { tsize: '0x64' })],
      doesNotApply: [
        transfer({ tsize: '0' }, undefined),
        transfer({ tsize: '100' }, { tsize: '100' }, { operation: 'write' }),
      ],
    },
    'tftp.read.own-port': {
      passes: [transfer({}, undefined)],
      fails: [transfer({}, undefined, { server: { ip: ipv4('10.188.0.10'), port: 69 } })],
      doesNotApply: [transfer({}, undefined, { outcome: 'unanswered' })],
    },
    'tftp.write.refused': {
      passes: [transfer({}, undefined, { operation: 'write', outcome: 'refused' })],
      fails: [transfer({}, undefined, { operation: 'write' })],
      doesNotApply: [transfer({}, undefined)],
    },
  });
});
