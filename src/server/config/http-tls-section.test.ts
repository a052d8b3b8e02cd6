import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ConfigError } from '../../config/config-error.ts';
import { loadServerConfig } from './load-server-config.ts';

const base = mkdtempSync(join(tmpdir(), 'pxebench-tls-'));
afterAll(() => rmSync(base, { recursive: true }));
mkdirSync(join(base, 'www'));
const openssl = (...argv: string[]) => execFileSync('openssl', argv, { cwd: base, stdio: 'ignore' });
for (const name of ['one', 'other']) {
  const made = ['-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.pem`];
  openssl('req', '-x509', ...made, '-subj', `/CN=${name}`, '-days', '30');
}
openssl('pkey', '-in', 'one.key', '-out', 'locked.key', '-aes256', '-passout', 'pass:x');

const load = (tls: string) => {
  const file = join(base, 'pxe.yaml');
  writeFileSync(file, `address: 10.188.0.10\nhttp:\n  root: www\n  tls: ${tls}\n`);
  return loadServerConfig(file);
};

describe('readHttpTls', () => {
  it('reads certificate and key, and until when they hold', async () => {
    const { http } = await load('{ certificate: one.pem, key: one.key }');
    const { validFrom = 0, validTo = 0, ...tls } = http?.tls ?? {};
    expect(tls).toEqual({
      port: 443,
      certificate: readFileSync(join(base, 'one.pem'), 'utf8'),
      key: readFileSync(join(base, 'one.key'), 'utf8'),
    });
    expect(validTo - validFrom).toBe(30 * 24 * 3600 * 1000);
  });

  it('takes another port', async () => {
    const { http } = await load('{ certificate: one.pem, key: one.key, port: 8443 }');
    expect(http?.tls?.port).toBe(8443);
  });

  it.each([
    ['{ certificate: none.pem, key: one.key }', 'http.tls.certificate', 'no file "none.pem"'],
    ['{ certificate: one.pem, key: none.key }', 'http.tls.key', 'no file "none.key"'],
    ['{ certificate: one.key, key: one.key }', 'http.tls.certificate', 'wanted a certificate in PEM form'],
    [
      '{ certificate: one.pem, key: one.pem }',
      'http.tls.key',
      'wanted a private key in PEM form, not encrypted',
    ],
    [
      '{ certificate: one.pem, key: locked.key }',
      'http.tls.key',
      'wanted a private key in PEM form, not encrypted',
    ],
    [
      '{ certificate: one.pem, key: other.key }',
      'http.tls.key',
      'other.key is not that of the certificate in one.pem',
    ],
  ])('refuses %s, and names the field', async (tls, field, message) => {
    const error = await load(tls).then(
      () => undefined,
      (reason: ConfigError) => reason,
    );
    expect(error?.problems).toEqual([
      expect.objectContaining({ field, line: 4, message: expect.stringContaining(message) }),
    ]);
  });
});
