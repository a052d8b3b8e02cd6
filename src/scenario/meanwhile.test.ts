import { describe, expect, it } from 'vitest';
import { storyOf } from '../story/testing/stories.ts';
import { MeanwhileWatch } from './meanwhile.ts';
import type { Meanwhile } from './schema.ts';
import type { Variables } from './variables.ts';

// SeaBIOS + iPXE ROM against the write-up's server: boot1.txt, boot2.php, pxelinux.0, eleven lookups; no TFTP.
const story = await storyOf('lab/bios-ipxe-rom.pcap');
const nothingYet = { ...story, events: [] };
const variables: Variables = new Map();

const RESTART: Meanwhile = { after: { http: 'GET /boot1.txt', status: 200 }, server: 'restart' };
const KILL: Meanwhile = { after: { http: 'GET /pxelinux.0' }, server: 'kill', 'back-after': 2 };
const NEVER_COMES: Meanwhile = { after: { tftp: 'undionly.kpxe', outcome: 'complete' }, server: 'kill' };

/** A server that only writes down what is done to it. */
function server(): {
  readonly done: string[];
  readonly restart: () => void;
  readonly kill: (s?: number) => void;
} {
  const done: string[] = [];
  return {
    done,
    restart: () => void done.push('restart'),
    kill: (seconds) => void done.push(seconds === undefined ? 'kill' : `kill, back after ${seconds}`),
  };
}

describe('MeanwhileWatch', () => {
  it('leaves the server alone until the event was seen', () => {
    const watch = new MeanwhileWatch([RESTART]);
    const { done, ...hands } = server();
    watch.look(nothingYet, variables, hands);
    expect(done).toEqual([]);
    watch.look(story, variables, hands);
    expect(done).toEqual(['restart']);
  });

  it('does each thing once, however often it looks', () => {
    const watch = new MeanwhileWatch([RESTART, KILL]);
    const { done, ...hands } = server();
    for (let looks = 0; looks < 3; looks++) watch.look(story, variables, hands);
    expect(done).toEqual(['restart', 'kill, back after 2']);
    expect(watch.missing).toEqual([]);
  });

  it('kills for good where nothing says when the server is back', () => {
    const { done, ...hands } = server();
    new MeanwhileWatch([{ after: KILL.after, server: 'kill' }]).look(story, variables, hands);
    expect(done).toEqual(['kill']);
  });

  it('names what did not come to pass', () => {
    const watch = new MeanwhileWatch([RESTART, NEVER_COMES]);
    const { done, ...hands } = server();
    watch.look(story, variables, hands);
    expect(done).toEqual(['restart']);
    expect(watch.missing).toHaveLength(1);
    expect(watch.missing[0]).toMatch(/^kill after .*undionly\.kpxe/);
  });
});
