import { describe, expect, it } from 'vitest';
import type { ServerEvent } from '../event.ts';
import { limitedLog } from './log-limiter.ts';

function limiter() {
  let now = 0;
  const said: ServerEvent[] = [];
  const log = limitedLog((event) => said.push(event), {
    now: () => now,
    after: () => ({ [Symbol.dispose]: () => undefined }),
  });
  return {
    said,
    log,
    wait: (ms: number) => {
      now += ms;
    },
    bad: (client: string, protocol = 'DHCP') => log({ stage: 'bad-input', protocol, client, because: 'x' }),
  };
}

describe('limitedLog', () => {
  it('tells of bad input once in ten seconds for each source and protocol, and how much more there was', () => {
    const { bad, wait, said } = limiter();
    for (let n = 0; n < 1000; n++) bad('10.0.0.1');
    bad('10.0.0.2');
    bad('10.0.0.1', 'TFTP');
    expect(said).toHaveLength(3);
    wait(10_000);
    bad('10.0.0.1');
    expect(said.at(-1)).toMatchObject({ because: 'x; 999 more like it' });
    wait(10_000);
    bad('10.0.0.1');
    expect(said.at(-1)).toMatchObject({ because: 'x' });
  });

  it('does not grow, or talk without end, when the sources are forged', () => {
    const { bad, said } = limiter();
    for (let n = 0; n < 100_000; n++) bad(`source ${n}`);
    expect(said.length).toBeLessThan(300);
  });

  it('passes everything else on', () => {
    const { log, said } = limiter();
    for (let n = 0; n < 5; n++) log({ stage: 'server', did: 'serves' });
    expect(said).toHaveLength(5);
  });
});
