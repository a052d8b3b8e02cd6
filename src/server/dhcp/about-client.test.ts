import { describe, expect, it } from 'vitest';
import { ipv4 } from '../../wire/address.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import { dhcpBench, ipxe, rom, textOf } from './testing/dhcp-bench.ts';

describe('aboutClient', () => {
  const aboutOf = (fields: Parameters<ReturnType<typeof dhcpBench>['send']>[1]) =>
    dhcpBench().send('discover', fields).events[0];

  it.each([
    ['firmware', { options: rom(7) }, { program: 'firmware', architecture: 7 }],
    ['iPXE', { options: ipxe() }, { program: 'ipxe', architecture: 0 }],
    ['a client that says nothing of itself', {}, { program: 'unnamed' }],
    ['a name with a NUL behind it', { options: [textOf(OPTION.hostName, 'web1\0')] }, { hostName: 'web1' }],
    ['a relay', { giaddr: ipv4('10.188.0.1') }, { relay: '10.188.0.1' }],
  ])('tells of %s', (_, fields, said) => {
    expect(aboutOf(fields)).toMatchObject({ stage: 'dhcp', asked: 'discover', ...said });
  });

  it('says nothing where the client did not', () => {
    expect(aboutOf({})).not.toHaveProperty('architecture');
    expect(aboutOf({})).not.toHaveProperty('hostName');
    expect(aboutOf({})).not.toHaveProperty('relay');
  });
});
