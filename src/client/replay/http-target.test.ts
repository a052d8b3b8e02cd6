import { describe, expect, it } from 'vitest';
import { ipv4 } from '../../wire/address.ts';
import { queryOfNow } from './http-target.ts';
import { Roles } from './roles.ts';

describe('queryOfNow', () => {
  it('has the addresses and URLs of now, and all else octet by octet', () => {
    const roles = new Roles();
    roles.renew('client', ipv4('10.188.0.66'), ipv4('192.0.2.5'));
    roles.renew('next server', ipv4('10.188.0.10'), ipv4('192.0.2.1'));
    roles.renewText('http://pxe.example.com/boot1.txt', 'http://192.0.2.1/start.ipxe');
    const query =
      'mac=00%3A12%3A34&ip=10.188.0.66&asset=&nextserver=10.188.0.10&filename=http%3A//pxe.example.com/boot1.txt&product=Standard%20PC%20(i440FX%20+%20PIIX,%201996)&serial=&asset=';
    expect(queryOfNow(query, roles)).toBe(
      'mac=00%3A12%3A34&ip=192.0.2.5&asset=&nextserver=192.0.2.1&filename=http%3A//192.0.2.1/start.ipxe&product=Standard%20PC%20(i440FX%20+%20PIIX,%201996)&serial=&asset=',
    );
  });
});
