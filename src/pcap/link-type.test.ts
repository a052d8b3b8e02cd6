import { describe, expect, it } from 'vitest';
import { formatLinkType, LINKTYPE, linkTypeName } from './link-type.ts';

describe('formatLinkType', () => {
  it.each([
    [LINKTYPE.null, 'link type 0 (BSD loopback)'],
    [LINKTYPE.ethernet, 'link type 1 (Ethernet)'],
    [LINKTYPE.tokenRing, 'link type 6 (Token Ring)'],
    [LINKTYPE.raw, 'link type 101 (raw IP)'],
    [105, 'link type 105 (IEEE 802.11)'],
    [LINKTYPE.linuxSll, 'link type 113 (Linux cooked capture)'],
    [LINKTYPE.linuxSll2, 'link type 276 (Linux cooked capture v2)'],
    [4711, 'link type 4711'],
  ])('says of %i: %s', (linkType, text) => {
    expect(formatLinkType(linkType)).toBe(text);
  });
});

describe('linkTypeName', () => {
  it('has no name for what the table does not hold', () => {
    expect(linkTypeName(4711)).toBeUndefined();
  });
});
