import type { Ipv4Address } from '../../wire/address.ts';
import { parseIpv4 } from '../../wire/address.ts';
import { type HttpHeader, httpHeader } from '../../wire/http.ts';
import type { HttpStep } from './http-step.ts';
import type { Roles } from './roles.ts';

/** Where a request goes now, and in which words. */
export type HttpTarget = {
  readonly server: Ipv4Address;
  readonly port: number;
  readonly target: string;
  readonly headers: readonly HttpHeader[];
};

const URL_PARTS = /^([a-z][a-z0-9+.-]*):\/\/([^/:]+)(?::(\d+))?(\/.*)?$/i;
const HTTP_PORT = 80;

/**
 * The recorded request, with host, path and the values of its query as the servers of now have them. A text: why it cannot be
 * made.
 */
export function httpTarget(step: HttpStep, roles: Roles): HttpTarget | string {
  const { request, serverPort } = step;
  const [path = '', ...queries] = request.target.split('?');
  const hostHeader = httpHeader(request.headers, 'host');
  const [, host = step.server, hostPort] = /^([^:]*)(?::(\d+))?$/.exec(hostHeader ?? '') ?? [];
  const authority = serverPort === HTTP_PORT ? host : `${host}:${serverPort}`;
  const recorded = `http://${authority}${path}`;
  const now = roles.textOf(recorded);
  const [, scheme = '', hostNow = '', portNow, pathNow = '/'] = URL_PARTS.exec(now) ?? [];
  if (scheme.toLowerCase() !== 'http') return `the server names ${now} now: that is not read by HTTP`;
  const server = parseIpv4(hostNow) === undefined || hostNow === host ? undefined : parseIpv4(hostNow);
  const address = server ?? roles.serverOf(step.server, 'host', 'next server', 'server');
  if (address === undefined)
    return `nobody stands for ${step.server} now: the answer that named it has not come`;
  const newHost = hostNow === host ? roles.inText(host) : hostNow;
  const port = now === recorded ? serverPort : Number(portNow ?? HTTP_PORT);
  const written = port === HTTP_PORT && hostPort === undefined ? newHost : `${newHost}:${port}`;
  const query = queries.length === 0 ? '' : `?${queryOfNow(queries.join('?'), roles)}`;
  return {
    ...{ server: address, port },
    target: `${now === recorded ? path : pathNow}${query}`,
    headers: request.headers.map(
      ([name, value]): HttpHeader => [
        name,
        name.toLowerCase() === 'host'
          ? hostPort === undefined && port === serverPort
            ? newHost
            : written
          : value,
      ],
    ),
  };
}

/** Values that servers gave the client, as they are now; all else octet by octet. */
export function queryOfNow(query: string, roles: Roles): string {
  return query
    .split('&')
    .map((pair) => {
      const [, key = '', value = ''] = /^([^=]*=)?(.*)$/s.exec(pair) ?? [];
      const decoded = value.replace(/%([0-9a-f]{2})/gi, (_, octet) =>
        String.fromCharCode(Number.parseInt(octet, 16)),
      );
      const now = URL_PARTS.test(decoded) ? roles.textOf(decoded) : roles.inText(decoded);
      return now === decoded ? pair : `${key}${encoded(now)}`;
    })
    .join('&');
}

/** As iPXE escapes: facts of the boot2 query; `/` stays. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll('%2F', '/');
}
