import { z } from 'zod';
import { linkPlanSchema } from '../link/link-plan-file.ts';
import { parseIpv4, parseMac } from '../wire/address.ts';

/** Text, `*` and `?` as wildcards, or a regular expression after `re:`; `${...}` is filled in before comparing. */
const pattern = z
  .string()
  .min(1)
  .describe(
    'text with * and ? as wildcards, or re:regular expression; ${client.mac} and the like are filled in',
  );
const stage = z
  .enum(['firmware', 'ipxe', 'os'])
  .describe('who in the client: its firmware, iPXE, or the operating system');
const seconds = z.number().positive().max(3600);

const DHCP_TYPES = [
  'discover',
  'offer',
  'request',
  'decline',
  'ack',
  'nak',
  'release',
  'inform',
  'bootp',
] as const;
const LOOKUP_STEPS = [
  'uuid',
  'mac',
  'ip8',
  'ip7',
  'ip6',
  'ip5',
  'ip4',
  'ip3',
  'ip2',
  'ip1',
  'default',
] as const;

const dhcpStep = z.strictObject({
  dhcp: z.enum(DHCP_TYPES).describe('message type (option 53)'),
  to: stage.optional().describe('a reply to this stage of the client'),
  from: stage.optional().describe('a message of this stage of the client'),
  file: pattern.optional().describe('boot file name as the client reads it: the file field, else option 67'),
  'file-field': z.string().optional().describe('the 128 octets of `file` up to the first NUL, exactly'),
  'next-server': pattern.optional().describe('siaddr'),
  address: pattern.optional().describe('yiaddr of a reply, else ciaddr or option 50'),
  server: pattern.optional().describe('server identifier (option 54)'),
  architecture: z.number().int().min(0).max(0xffff).optional().describe('first code of option 93'),
  'user-class': pattern.optional().describe('option 77 in either encoding'),
  'vendor-class': pattern.optional().describe('option 60'),
});

const tftpStep = z.strictObject({
  tftp: pattern.describe('file name of a read request'),
  outcome: z
    .enum(['complete', 'size-probe', 'refused', 'aborted', 'unanswered', 'stalled', 'in-progress'])
    .optional()
    .describe('how the transfer ended'),
  from: stage.optional(),
  server: pattern.optional().describe('address that was asked, or that answered'),
  octets: z.number().int().nonnegative().optional().describe('of the file, as far as they came'),
  sha256: pattern.optional().describe('of the whole file, in hex'),
  'repeats-at-most': z
    .number()
    .int()
    .nonnegative()
    .optional()
    .describe('DATA packets that the server sent more than once'),
});

const httpStep = z.strictObject({
  http: z
    .string()
    .regex(/^[A-Z*]+ \S+$/, 'wanted a method and a path, such as "GET /boot1.txt"')
    .describe('method and path pattern, without the query: "GET /boot1.txt", "GET *"'),
  status: z.number().int().min(100).max(599).optional().describe('of the response'),
  host: pattern.optional().describe('the Host header'),
  server: pattern.optional().describe('address that was asked'),
  query: z
    .record(z.string(), z.union([z.string(), z.array(z.string())]))
    .optional()
    .describe(
      'parameters and their decoded values (a plus is a plus); a list where the parameter stands more than once',
    ),
  'query-names': z.array(z.string()).optional().describe('all parameter names, in the order sent'),
  target: pattern.optional().describe('path and query exactly as sent'),
  from: stage.optional(),
  body: pattern.optional().describe('the response body, where it is no longer than 4096 octets'),
  sha256: pattern.optional().describe('of the response body, in hex'),
});

const lookupNames = z
  .array(z.enum(LOOKUP_STEPS))
  .min(1)
  .describe(
    "every name it asks for, in order and complete; computed from the client's UUID, MAC and address",
  );
const lookupDetails = {
  found: z
    .enum([...LOOKUP_STEPS, 'nothing'])
    .optional()
    .describe('which of them was there'),
  by: z.enum(['http', 'tftp']).optional().describe('over which protocol it looks'),
};
const pxelinuxStep = z.strictObject({ 'pxelinux-lookup': lookupNames, ...lookupDetails });
const grubStep = z.strictObject({ 'grub-lookup': lookupNames, ...lookupDetails });

const dnsStep = z.strictObject({
  dns: pattern.describe('name asked for'),
  type: z.string().optional().describe('A, AAAA, ...'),
  answer: pattern.optional().describe('an address, or the response code: NXDOMAIN'),
});

const iscsiStep = z.strictObject({
  iscsi: pattern.describe('target name that the login asks for; "*" also where there was no login'),
  outcome: z
    .enum([
      'logged-in',
      'refused',
      'redirected',
      'unanswered',
      'broken-off',
      'connection-refused',
      'login-not-seen',
      'in-progress',
    ])
    .optional()
    .describe('how the login ended'),
  status: pattern
    .optional()
    .describe('of the last Login Response, in the words of RFC 7143: not found, authentication failure'),
  initiator: pattern.optional().describe('InitiatorName'),
  chap: pattern.optional().describe('the name with which the client answered a CHAP challenge'),
  'moved-to': pattern.optional().describe('TargetAddress of a redirection'),
  lun: pattern.optional().describe('one of the LUNs that commands were for'),
  'read-at-least': z.number().int().nonnegative().optional().describe('octets of the disk'),
  failure: pattern
    .optional()
    .describe('the first command that failed, such as "READ(10): CHECK CONDITION*", or none'),
  end: z
    .enum([
      'open',
      'logout-asked',
      'logout',
      'closed-by-client',
      'closed-by-target',
      'reset-by-client',
      'reset-by-target',
    ])
    .optional()
    .describe('how the connection ended'),
  server: pattern.optional().describe('address of the target'),
  from: stage.optional(),
});

const consoleStep = z.strictObject({ console: pattern.describe('a line the machine writes to its console') });
const machineStep = z.strictObject({
  machine: z.enum(['power-on', 'reset', 'shutdown', 'panic']).describe('something the machine itself does'),
});
const routerStep = z.strictObject({
  router: z.enum(['solicitation', 'advertisement']).describe('IPv6 router discovery'),
});

/** Which key makes a step what it is: one of these stands in each. */
const STEP_SCHEMAS = {
  dhcp: dhcpStep,
  tftp: tftpStep,
  http: httpStep,
  'pxelinux-lookup': pxelinuxStep,
  'grub-lookup': grubStep,
  dns: dnsStep,
  iscsi: iscsiStep,
  console: consoleStep,
  machine: machineStep,
  router: routerStep,
} as const;

const step = z.union(Object.values(STEP_SCHEMAS));
const afterStage = { after: stage.optional().describe('only from this stage of the client on') };
const never = z.union(Object.values(STEP_SCHEMAS).map((schema) => schema.extend(afterStage)));
const times = { times: z.number().int().nonnegative().describe('how often it happens, over the whole run') };
const exactly = z.union(
  Object.values(STEP_SCHEMAS).map((schema) => schema.extend({ ...afterStage, ...times })),
);

const uuid = z
  .string()
  // Both cases are spelled out: JSON Schema has patterns, but no flags for them.
  .regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, 'wanted a UUID: 8-4-4-4-12 hex digits');

const machine = z.strictObject({
  firmware: z
    .union([z.string(), z.array(z.string()).min(1)])
    .describe('an entry of vm/firmware; or several: the scenario runs once with each'),
  mac: z
    .string()
    .refine((text) => parseMac(text) !== undefined, 'wanted a MAC address: six octets in hex')
    .describe('of its network card: six octets in hex'),
  uuid: uuid.optional().describe('SMBIOS system UUID, as dmidecode and iPXE print it'),
  manufacturer: z.string().optional().describe('SMBIOS system manufacturer; what QEMU says where absent'),
  product: z.string().optional().describe('SMBIOS product name'),
  serial: z.string().optional().describe('SMBIOS system serial number'),
  asset: z.string().optional().describe('asset tag of the chassis'),
  disk: z
    .strictObject({
      says: z.string().max(200).describe('what its boot sector writes to the first serial port'),
    })
    .optional()
    .describe('a small disk, second in the boot order'),
  link: z
    .union([z.string().min(1), linkPlanSchema])
    .optional()
    .describe('a cable with faults: its plan, or a file with one, as a path from this file on'),
  memory: z.number().int().min(32).max(8192).optional().describe("MiB; the firmware's own where absent"),
});

/** A client that is no machine: it does again what it did in a capture. */
const replayedClient = z.strictObject({
  replay: z.string().describe('a capture, as a path from this file on: its client is played again'),
  mac: machine.shape.mac.describe('which client of the capture: six octets in hex'),
  uuid: uuid.optional().describe('its UUID as dmidecode prints it, where pxelinux asks for it'),
  link: machine.shape.link,
});

const client = z.union([machine, replayedClient]);

const nameAddress = z
  .string()
  .refine(
    (text) => text === 'unknown' || parseIpv4(text) !== undefined,
    'wanted an IPv4 address like 10.188.0.10, or unknown',
  );

const meanwhile = z.strictObject({
  after: step.describe('as soon as an event like this was seen'),
  server: z
    .enum(['restart', 'kill'])
    .describe(
      'restart: its processes are asked to end (SIGTERM) and started again. kill: they are gone at once',
    ),
  wait: z.number().min(0).max(3600).optional().describe('seconds from that event on; at once if left out'),
  'back-after': z
    .number()
    .min(0)
    .max(3600)
    .optional()
    .describe('seconds after which a killed server is started again; never if left out'),
});

/** scenarios/**\/*.yaml: a client, the servers it is for, and what must, and must never, happen. */
export const scenarioSchema = z.strictObject({
  title: z.string().min(1).describe('what must be true, as a sentence'),
  about: z.string().optional().describe('why this matters, for whoever sees it fail'),
  servers: z
    .array(z.string())
    .min(1)
    .describe('entries of servers/, or paths of folders with a server.yaml, from this file on'),
  variant: z.string().optional().describe('a variant that each of the servers declares'),
  client: client.describe('the machine that is booted, or the client that is replayed'),
  files: z
    .record(z.string(), z.string())
    .optional()
    .describe("files put into the server's document root: path and content"),
  names: z
    .record(z.string(), nameAddress)
    .optional()
    .describe("what the lab's DNS knows besides its own names: name and address, or unknown"),
  'router-advertisement': z
    .enum(['no-prefix', 'none'])
    .optional()
    .describe('how the gateway answers router solicitations (default: no-prefix)'),
  meanwhile: z.array(meanwhile).optional().describe('what happens to the server during the boot, each once'),
  'give-up': seconds.optional().describe("seconds from power-on; the firmware's own budget where absent"),
  profile: z
    .string()
    .optional()
    .describe(
      "a client profile, as a path from this file on: how this very firmware behaves against this scenario's own servers; " +
        '${firmware} in it is the id of what is booted',
    ),
  expect: z.array(step).min(1).describe('in this order; other events may stand between'),
  never: z.array(never).optional().describe('what must not happen, at any time'),
  exactly: z.array(exactly).optional().describe('what must happen so many times, in any order'),
});

export type ScenarioFile = z.infer<typeof scenarioSchema>;
export type Meanwhile = z.infer<typeof meanwhile>;
export type Step = z.infer<typeof step>;
export type NeverStep = z.infer<typeof never>;
export type ExactlyStep = z.infer<typeof exactly>;
