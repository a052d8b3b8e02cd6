import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { SERVER_ADDRESS } from './bench-network.ts';
import { onProcessor, SERVER_PROCESSOR } from './on-processor.ts';

export type WebServer = { readonly name: string; readonly port: number };

/** The reference server first: the others are what it is compared with. */
export const WEB_SERVERS: readonly WebServer[] = [
  { name: 'pxebench', port: 8001 },
  { name: 'Apache', port: 8002 },
  { name: 'nginx', port: 8003 },
  { name: 'naive Node', port: 8004 },
];
const [OURS, APACHE, NGINX, NAIVE] = WEB_SERVERS.map(({ port }) => port);

export const FILE = 'file-40';
export const FILE_OCTETS = 40_000_000;

const onServer = (argv: readonly string[]): readonly string[] => onProcessor(SERVER_PROCESSOR, argv);

const SERVER_YAML = {
  title: 'Web servers, side by side',
  hosts: {
    pxe: [
      // Each without an access log that anybody keeps; ours makes its lines all the same.
      {
        run: onServer(['sh', '-c', 'exec pxebench serve --config pxe.yaml > /dev/null']),
        ready: { tcp: OURS },
      },
      {
        run: onServer(['apache2', '-DFOREGROUND', '-d', '.', '-f', 'httpd.conf']),
        ready: { tcp: APACHE },
        'changes-user': 'if-root',
      },
      {
        run: onServer(['./nginx', '-p', '/run/lab/server', '-c', 'nginx.conf']),
        ready: { tcp: NGINX },
      },
      { run: onServer([process.execPath, 'naive.mjs']), ready: { tcp: NAIVE } },
    ],
  },
  needs: { apache2: 'apache2-bin' },
  root: 'www',
  files: {
    modules: { from: '/usr/lib/apache2/modules', package: 'apache2-bin' },
    nginx: { from: '/usr/sbin/nginx', package: 'nginx' },
    wrk: { from: '/usr/bin/wrk', package: 'wrk' },
  },
};

/** As Debian sets it up, but for what would write files and close connections that wrk wants to keep. */
const APACHE_CONF = `
ServerName pxe.example.com
Listen ${APACHE}
PidFile /run/lab/apache2.pid
DefaultRuntimeDir /run/lab
Mutex file:/run/lab
ErrorLog "|$/bin/cat >&2"
LogLevel crit
User www-data
Group www-data
LoadModule mpm_event_module modules/mod_mpm_event.so
LoadModule authz_core_module modules/mod_authz_core.so
LoadModule mime_module modules/mod_mime.so
TypesConfig /dev/null
MaxKeepAliveRequests 0
EnableSendfile On
DocumentRoot www
<Directory "www">
  Require all granted
</Directory>
`;

const NGINX_CONF = `
user root;
daemon off;
worker_processes auto;
pid /run/lab/nginx.pid;
error_log stderr crit;
events { worker_connections 768; }
http {
  sendfile on;
  tcp_nopush on;
  access_log off;
  keepalive_requests 100000000;
  client_body_temp_path /run/lab/nginx-body;
  proxy_temp_path /run/lab/nginx-proxy;
  fastcgi_temp_path /run/lab/nginx-fastcgi;
  uwsgi_temp_path /run/lab/nginx-uwsgi;
  scgi_temp_path /run/lab/nginx-scgi;
  server { listen ${NGINX}; root /run/lab/server/www; }
}
`;

/** What comes to mind first. */
const NAIVE_JS = `
import { createReadStream, stat } from 'node:fs';
import { createServer } from 'node:http';
createServer((request, response) => {
  const file = 'www' + request.url;
  stat(file, (error, found) => {
    if (error) return response.writeHead(404, { 'Content-Length': 10 }).end('not found\\n');
    response.writeHead(200, { 'Content-Length': found.size });
    createReadStream(file).pipe(response);
  });
}).listen(${NAIVE});
`;

/** After a run, one line of JSON. `status`: answers from 400 on. */
const COUNT_LUA = `
function done(summary)
  io.write(string.format('{"us":%d,"requests":%d,"octets":%d,"refused":%d}\\n',
    summary.duration, summary.requests, summary.bytes, summary.errors.status))
end
`;

/** Writes a server's folder with all of them into `folder`, and returns it. */
export async function webServerFolder(folder: string): Promise<string> {
  const place = join(folder, 'web-servers');
  await mkdir(join(place, 'www', 'pxelinux.cfg'), { recursive: true });
  const pxe = { address: SERVER_ADDRESS, http: { root: 'www', port: OURS } };
  const texts = {
    'server.yaml': stringify(SERVER_YAML),
    'pxe.yaml': stringify(pxe),
    'httpd.conf': APACHE_CONF,
    'nginx.conf': NGINX_CONF,
    'naive.mjs': NAIVE_JS,
    'count.lua': COUNT_LUA,
  };
  for (const [name, text] of Object.entries(texts)) await writeFile(join(place, name), text);
  await writeFile(join(place, 'www', FILE), randomBytes(FILE_OCTETS));
  return place;
}
