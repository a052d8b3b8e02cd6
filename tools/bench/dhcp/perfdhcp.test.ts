import { describe, expect, it } from 'vitest';
import { readStatistics } from './perfdhcp.ts';

/** As perfdhcp 2.2.0 printed it, shortened. */
const REPORT = `***Rate statistics***
Rate: 1998.05 4-way exchanges/second, expected rate: 2000

***Malformed Packets***
Malformed packets: 0
***Statistics for: DISCOVER-OFFER***
sent packets: 9999
received packets: 9998
drops: 1
drops ratio: 0.010001 %
orphans: 0

min delay: 0.052 ms
avg delay: 1.022 ms
max delay: 16.4 ms

***Statistics for: REQUEST-ACK***
sent packets: 9998
received packets: 9949
drops: 49
drops ratio: 0.490 %

min delay: 0.414 ms
avg delay: 3.185 ms
`;

describe('readStatistics', () => {
  it('counts exchanges that came to their end against those that were begun', () => {
    expect(readStatistics(REPORT)).toEqual({
      offered: 9999,
      completed: 9949,
      loss: 50 / 9999,
      perSecond: 1998.05,
      ackMs: 3.185,
    });
  });

  it('says what is missing', () => {
    expect(() => readStatistics('Error running perfdhcp')).toThrow(
      'perfdhcp: no statistics of DISCOVER-OFFER in: Error',
    );
  });
});
