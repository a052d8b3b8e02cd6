import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../config/config-error.ts';
import { orderScript } from '../orders/order-script.ts';
import { chooseOrder } from '../orders/orders.ts';
import { client } from '../orders/testing/made-orders.ts';
import { loadServerConfig } from './load-server-config.ts';

const base = mkdtempSync(join(tmpdir(), 'pxebench-orders-'));
afterAll(() => rmSync(base, { recursive: true }));
let count = 0;
const written = (text: string): string => {
  const file = join(base, `${++count}.yaml`);
  writeFileSync(file, text);
  return file;
};
const HEAD = 'address: 10.188.0.10\nhttp: {}\n';
const load = (orders: string) => loadServerConfig(written(HEAD + orders));

/** What is wrong: `line field: message; hint`. */
async function wrong(orders: string): Promise<string[]> {
  const error = await load(orders).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ConfigError)) throw error ?? new Error('was accepted');
  return error.problems.map(
    ({ line, field, message, hint }) =>
      `${line} ${field}: ${message}${hint === undefined ? '' : `; ${hint}`}`,
  );
}
const rule = (match: string, order = 'exit') =>
  `orders:\n  - match: ${match}\n    order: ${order}\ndefault-order: exit\n`;
const order = (text: string) => rule('{ mac: "*" }', text);

async function scriptOf(orders: string, values: Record<string, string> = {}): Promise<string> {
  const { http } = await load(orders);
  if (http === undefined) throw new Error('no http');
  return orderScript(chooseOrder(http.orders, client(values)).order, client(values));
}

describe('orders', () => {
  it.each([
    ['{ mac: "00:12:34:56:78:9" }', '4 orders[0].match.mac: wanted a MAC address, its first three octets'],
    ['{ mac: "00:12:34:*:zz" }', '4 orders[0].match.mac: wanted a MAC address'],
    ['{ mac: { not: [a] } }', '4 orders[0].match.mac: wanted a MAC address'],
    ['{ uuid: 4c4c4544-* , ip: 10.0.0.300 }', '4 orders[0].match.ip: wanted an address, a network like'],
    ['{ ip: 10.0.0.1/24 }', '4 orders[0].match.ip: wanted an address, a network like'],
    ['{ uuid: 4c4c }', '4 orders[0].match.uuid: wanted a UUID'],
    ['{ seriel: A1 }', '4 orders[0].match.seriel: no client sends "seriel"; did you mean "serial"?'],
    ['{ room: A1 }', 'let boot1 ask for it: "variables: { room: ... }"'],
    [
      '{ serial: 0071 }',
      '4 orders[0].match.serial: wanted a text, got the number 71; put it into quotation marks',
    ],
    ['{}', '4 orders[0].match: wanted at least one variable'],
    ['{ serial: { not: [] } }', '4 orders[0].match.serial'],
  ])('tells line and field of the condition %s', async (match, said) => {
    expect(await wrong(rule(match))).toEqual([expect.stringContaining(said)]);
  });

  it.each([
    [
      'exitt',
      '5 orders[0].order: wanted one of exit, shell, reboot, poweroff, or a mapping',
      'did you mean "exit"?',
    ],
    ['{ chian: x }', '5 orders[0].order.chian: wanted one of chain', 'did you mean "chain"?'],
    ['{ chain: x, autofre: true }', '5 orders[0].order.autofre: unknown key', 'did you mean "autofree"?'],
    ['{ chain: "--replace" }', '5 orders[0].order.chain: wanted a URL, got the option'],
    ['{ chain: "||" }', '5 orders[0].order.chain: "||" as a word of its own ends a command'],
    [
      '{ chain: "http://h/{{seriel}}" }',
      '5 orders[0].order.chain: {{seriel}}: no client sends',
      'did you mean "serial"?',
    ],
    ['{ chain: "http://h/{{mac:hexhip}}" }', 'no format "hexhip"', 'did you mean "hexhyp"?'],
    ['{ chain: "http://h/${{{serial}}}" }', 'a client must not choose the setting'],
    ['{ chain: x, or: { chain: "-x" } }', '5 orders[0].order.or.chain: wanted a URL'],
    ['{ chain: x, or: [exit, { chain: "-x" }] }', '5 orders[0].order.or[1].chain: wanted a URL'],
    ['{ kernel: x, args: "a && b" }', '5 orders[0].order.args: "&&" as a word of its own'],
    ['{ kernel: x, args: "a #b" }', '5 orders[0].order.args: "#b" as a word of its own'],
    [
      '{ sanboot: "iscsi:san:6:3260:0" }',
      '5 orders[0].order.sanboot: wanted iscsi:SERVER:PROTOCOL:PORT:LUN:TARGET',
    ],
    ['{ sanboot: "iscsi:::::iqn.2007-08.com.example:x" }', 'wanted iscsi:SERVER:PROTOCOL:PORT:LUN:TARGET'],
    [
      '{ sanboot: "iscsi:san:tcp:::iqn.2007-08.com.example:x" }',
      'wanted protocol 6 (TCP) or none, got "tcp"',
    ],
    [
      '{ sanboot: "iscsi:san::99999::iqn.2007-08.com.example:x" }',
      'wanted a port from 1 to 65535 or none, got "99999"',
    ],
    ['{ sanboot: "iscsi:san:::xyz:iqn.2007-08.com.example:x" }', 'wanted a LUN in hex'],
    ['{ sanboot: "iscsi:san::::disk1" }', "wanted a target's name that begins with iqn."],
    ['{ sanboot: "fcoe:00:11" }', 'iPXE knows no "fcoe:"; a disk behind FCoE is fcp:'],
    ['{ sanboot: "aoe:0.0" }', 'wanted aoe:e<shelf>.<slot>'],
    ['{ sanboot: disk }', "wanted a disk's URI"],
    [
      '{ sanboot: { uri: "aoe:e0.0", initiator-iqn: me } }',
      '5 orders[0].order.sanboot.initiator-iqn: initiator: wanted',
    ],
    ['{ script: "goto x" }', '5 orders[0].order: goto x: there is no label ":x"'],
    ['{ script: "{{serial}} x" }', '5 orders[0].order: {{...}} in place of a command'],
    [
      '{ menu: { items: { a: { order: exit } }, default: b } }',
      '5 orders[0].order.menu.default: no item "b"',
    ],
    [
      '{ menu: { items: { a: { order: exi } } } }',
      '5 orders[0].order.menu.items.a.order: wanted one of',
      '"exit"?',
    ],
    ['{ menu: { items: { "a b": { order: exit } } } }', 'wanted a name of letters'],
    ['{ menu: { title: "a || b", items: { a: { order: exit } } } }', '5 orders[0].order.menu.title: "||"'],
    [
      '{ pxelinux: { labels: { a: { kernel: x, localboot: 0 } } } }',
      'wanted one of kernel, localboot, com32; got kernel and localboot',
    ],
    [
      '{ pxelinux: { labels: { a: {} } } }',
      '5 orders[0].order.pxelinux.labels.a: wanted one of kernel, localboot, com32; got none',
    ],
    [
      '{ pxelinux: { labels: { abc: { localboot: 0 } }, default: abd } }',
      'no label "abd"; did you mean "abc"?',
    ],
    ['{ pxelinux: { labels: { a: { kernel: x, initrd: "a,b" } } } }', '', 'wanted a name without a comma'],
    [
      '{ pxelinux: { timeout: 3 } }',
      '5 orders[0].order.pxelinux.timeout: is for the configuration that is made',
    ],
    [
      '{ pxelinux: { labels: { a: { kernel: x, append: "{{x}}" } } } }',
      'labels.a.append: {{x}}: no client sends "x"',
    ],
  ])('tells line and field of the order %s', async (text, ...said) => {
    const found = await wrong(order(text));
    expect(found).toHaveLength(1);
    for (const part of said) expect(found[0]).toContain(part);
  });

  it.each(['{ mac: ["00:12:34", "0012.3456.*", { not: x }] }', '{ mac: { no: x } }'])(
    'refuses the form %s',
    async (match) => {
      expect(await wrong(rule(match))).not.toEqual([]);
    },
  );

  it.each([
    [
      '{ chain: "http://h/{{mac:hexhyp}}", or: exit }',
      'chain http://h/00-12-34-56-78-90 || goto failed\nexit\n:failed\nexit\n',
    ],
    [
      '{ sanboot: "iscsi:${next-server}::::iqn.2007-08.com.example:{{serial}}" }',
      'sanboot iscsi:${next-server}::::iqn.2007-08.com.example:S1\n',
    ],
    [
      '{ sanboot: "iscsi:${san}:${protocol}:${port}:${lun}:${target}" }',
      'sanboot iscsi:${san}:${protocol}:${port}:${lun}:${target}\n',
    ],
    ['{ sanboot: "${root-path}" }', 'sanboot ${root-path}\n'],
    [
      '{ sanboot: { uri: "http://h/disk.img", drive: 0x80, keep: true } }',
      'sanboot --drive 0x80 --keep http://h/disk.img\n',
    ],
    ['{ sanboot: "fcp:50:00:00:00:00:00:00:01:2" }', 'sanboot fcp:50:00:00:00:00:00:00:01:2\n'],
    [
      '{ sanboot: "iscsi:[2001:db8::1]:6:3260:1-0:eui.0123456789abcdef" }',
      'sanboot iscsi:[2001:db8::1]:6:3260:1-0:eui.0123456789abcdef\n',
    ],
    [
      '{ kernel: http://h/linux, initrd: http://h/i, args: "a --- b" }',
      'kernel http://h/linux initrd=initrd a --- b\ninitrd --name initrd http://h/i\nboot\n',
    ],
    ['{ pxelinux: {} }', 'chain http://10.188.0.10/pxelinux.0\n'],
    ['{ pxelinux: { program: bios/lpxelinux.0 } }', 'chain http://10.188.0.10/bios/lpxelinux.0\n'],
    ['{ pxelinux: { program: "tftp://h/pxelinux.0" } }', 'chain tftp://h/pxelinux.0\n'],
    ['shell', 'shell\n'],
  ])('reads %s', async (text, script) => {
    expect(await scriptOf(order(text), { mac: '00:12:34:56:78:90', serial: 'S1' })).toBe(`#!ipxe\n${script}`);
  });

  it('knows variables that boot1 is told to ask for', async () => {
    const text = `variables: { room: "net0/225:string", chip: "" }\n${rule('{ room: A*, chip: x }', '{ chain: "http://h/{{room}}" }')}`;
    expect(await scriptOf(text, { room: 'A7', chip: 'x' })).toContain('chain http://h/A7');
    const { http } = await load(text);
    expect([...(http?.boot1.variables ?? [])]).toEqual([
      ['room', 'net0/225:string'],
      ['chip', ''],
    ]);
  });

  it('calls the server what iPXE is sent to, else by its address and port', async () => {
    const origin = async (text: string) => (await loadServerConfig(written(text))).http?.boot1.boot2;
    expect(await origin('address: 10.188.0.10\nhttp: { port: 8080, boot2: /b2 }\n')).toBe(
      'http://10.188.0.10:8080/b2',
    );
    const dhcp = 'dhcp: { subnets: [{ network: 10.188.0.0/24, pool: [10.188.0.60], lease-time: 1h }] }\n';
    expect(await origin(`${HEAD}${dhcp}boot: { ipxe: "http://pxe.example.com/boot1.txt" }\n`)).toBe(
      'http://pxe.example.com/boot2.php',
    );
  });

  it('warns of rules that no client gets to, with the one that is in the way', async () => {
    const { warnings } = await load(
      'orders:\n  - { match: { mac: 00:12:34 }, order: exit }\n  - { match: { mac: "00:12:34:56:78:90", serial: "7" }, order: shell }\ndefault-order: exit\n',
    );
    expect(warnings).toEqual([
      expect.stringMatching(
        /^\S+\d+\.yaml:5:5: orders\[1\]: no client ever gets this: rule 1 \(\d+\.yaml:4\) takes all of its clients; /,
      ),
    ]);
  });
});

describe('files that orders name', () => {
  it('are warned of where this server has none of that name, each once (IPXE-008)', async () => {
    mkdirSync(join(base, 'www', 'debian'), { recursive: true });
    writeFileSync(join(base, 'www', 'pxelinux.0'), '');
    writeFileSync(join(base, 'www', 'debian', 'linux'), '');
    const { warnings } = await loadServerConfig(
      written(`address: 10.188.0.10
http: { root: www }
orders:
  - match: { mac: "*1" }
    order:
      pxelinux:
        menu: { title: x }
        labels:
          a: { kernel: debian/linux, initrd: [debian/initrd, http://elsewhere/initrd] }
          b: { kernel: debian/linux, initrd: "{{serial}}/initrd" }
      or: { chain: http://10.188.0.10/nothing }
  - match: { mac: "*2" }
    order: { chain: "http://10.188.0.10/nothing?x" }
default-order: { chain: http://10.188.0.10/debian/linux }
`),
    );
    expect(warnings).toEqual([
      expect.stringMatching(
        /:4:5: orders\[0\]: not in the folder of http yet: ldlinux\.c32, menu\.c32, libutil\.c32, debian\/initrd, nothing$/,
      ),
    ]);
  });
});

describe('orders-file', () => {
  const include = (...files: string[]) => `orders-file: [${files.join(', ')}]\n`;

  it('takes rules and the default from files of their own, in their order, relative to the configuration', async () => {
    writeFileSync(join(base, 'a.yaml'), 'orders:\n  - { match: { mac: "*1" }, order: { chain: a } }\n');
    writeFileSync(
      join(base, 'b.yaml'),
      'orders:\n  - { match: { mac: "*" }, order: { chain: b } }\ndefault-order: shell\n',
    );
    const text = `${include('a.yaml', 'b.yaml')}orders:\n  - { match: { mac: "*11" }, order: { chain: main } }\n`;
    expect(await scriptOf(text, { mac: '00:00:00:00:00:11' })).toContain('chain main');
    expect(await scriptOf(text, { mac: '00:00:00:00:00:01' })).toContain('chain a');
    expect(await scriptOf(text, { mac: '00:00:00:00:00:02' })).toContain('chain b');
    const config = await load(text);
    expect(config.http?.orders.defaultOrder).toEqual({ kind: 'shell' });
    expect(config.http?.orders.rules.map(({ where }) => where)).toEqual([
      expect.stringMatching(/^\d+\.yaml:5$/),
      'a.yaml:2',
      'b.yaml:2',
    ]);
    expect([...config.sources.keys()]).toEqual([
      expect.stringMatching(/\d+\.yaml$/),
      join(base, 'a.yaml'),
      join(base, 'b.yaml'),
    ]);
  });

  it('tells file, line and field of what is wrong in them, and in the configuration, at once', async () => {
    writeFileSync(
      join(base, 'c.yaml'),
      'orders:\n  - match: { seriel: x }\n    order: exit\ndefault-order: exit\n',
    );
    const error = await load(`${include('c.yaml')}${rule('{ mac: zz }')}`).then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error?.message.split('\n')).toEqual([
      expect.stringMatching(/\d+\.yaml:5:\d+: orders\[0\]\.match\.mac: wanted a MAC address/),
      expect.stringMatching(
        /c\.yaml:2:\d+: orders\[0\]\.match\.seriel: no client sends "seriel"; did you mean/,
      ),
      expect.stringMatching(/c\.yaml:4:1: default-order: stands in \S+\.yaml:7 already/),
    ]);
  });

  it('tells of a file that is not there, or has something else in it', async () => {
    expect(await wrong(include('nowhere.yaml'))).toEqual([expect.stringContaining('no such file')]);
    writeFileSync(join(base, 'd.yaml'), 'dhcp: {}\n');
    expect(await wrong(include('d.yaml'))).toEqual([expect.stringContaining('1 dhcp: unknown key "dhcp"')]);
    writeFileSync(join(base, 'e.yaml'), 'orders: []\n');
    expect(await wrong(include('e.yaml'))).toEqual([
      expect.stringContaining('1 orders: default-order is missing'),
    ]);
  });

  it('is refused where nothing gives orders', async () => {
    const file = written('address: 10.188.0.10\ndns: { origin: ".", hosts: {} }\norders-file: [x.yaml]\n');
    await expect(loadServerConfig(file)).rejects.toThrow(/no such file|there is no http/);
  });
});
