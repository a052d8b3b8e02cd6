import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { ConfigProblems } from './config-problems.ts';
import type { HttpTls } from './server-config.ts';
import type { RawServerConfig } from './server-config-schema.ts';
import type { TextReader } from './text-reader.ts';

const PORT = 443;
const CERTIFICATE = ['http', 'tls', 'certificate'];
const KEY = ['http', 'tls', 'key'];

/** Undefined: a problem was told. A certificate that has expired is none: serve() warns of it. */
export function readHttpTls(
  raw: NonNullable<NonNullable<RawServerConfig['http']>['tls']>,
  text: TextReader,
  problems: ConfigProblems,
): HttpTls | undefined {
  const certificate = text(CERTIFICATE, raw.certificate);
  const key = text(KEY, raw.key);
  if (certificate === undefined || key === undefined) return undefined;
  const [x509, privateKey] = [certificateOf(certificate), privateKeyOf(key)];
  if (x509 === undefined) problems.add(CERTIFICATE, `wanted a certificate in PEM form in ${raw.certificate}`);
  if (privateKey === undefined) {
    problems.add(
      KEY,
      `wanted a private key in PEM form, not encrypted, in ${raw.key}`,
      '`openssl pkey -in KEY -out NEW` takes the passphrase off',
    );
  }
  if (x509 === undefined || privateKey === undefined) return undefined;
  if (!x509.checkPrivateKey(privateKey)) {
    problems.add(KEY, `the key in ${raw.key} is not that of the certificate in ${raw.certificate}`);
    return undefined;
  }
  const validFrom = Date.parse(x509.validFrom);
  const validTo = Date.parse(x509.validTo);
  return { port: raw.port ?? PORT, certificate, key, validFrom, validTo };
}

function certificateOf(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function privateKeyOf(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
