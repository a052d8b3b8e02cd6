import { z } from 'zod';
import { parseMac } from '../wire/address.ts';

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
  server: pattern.optional().describe('address that sent the data'),
  octets: z.number().int().nonnegative().optional(),
  sha256: pattern.optional().describe('of the whole file, in hex'),
});

const httpStep = z.strictObject({
  http: z
    .string()
    .regex(/^[A-Z*]+ \S+$/, 'wanted a method and a path, such as "GET /boot1.txt"')
    .describe('method and path pattern, without the query: "GET /boot1.txt", "GET *"'),
  status: z.number().int().min(100).max(599).optional(),
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

const lookupStep = z.strictObject({
  'pxelinux-lookup': z
    .array(z.enum(LOOKUP_STEPS))
    .min(1)
    .describe(
      "every name pxelinux asks for, in order and complete; computed from the client's UUID, MAC and address",
    ),
  found: z
    .enum([...LOOKUP_STEPS, 'nothing'])
    .optional()
    .describe('which of them was there'),
  by: z.enum(['http', 'tftp']).optional(),
});

const dnsStep = z.strictObject({
  dns: pattern.describe('name asked for'),
  type: z.string().optional().describe('A, AAAA, ...'),
  answer: pattern.optional().describe('an address, or the response code: NXDOMAIN'),
});

const consoleStep = z.strictObject({ console: pattern.describe('a line the machine writes to its console') });
const machineStep = z.strictObject({ machine: z.enum(['power-on', 'reset', 'shutdown', 'panic']) });
const routerStep = z.strictObject({ router: z.enum(['solicitation', 'advertisement']) });

/** Which key makes a step what it is: one of these stands in each. */
const STEP_SCHEMAS = {
  dhcp: dhcpStep,
  tftp: tftpStep,
  http: httpStep,
  'pxelinux-lookup': lookupStep,
  dns: dnsStep,
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
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'wanted a UUID: 8-4-4-4-12 hex digits');

const client = z.strictObject({
  firmware: z.string().describe('an entry of vm/firmware'),
  mac: z.string().refine((text) => parseMac(text) !== undefined, 'wanted a MAC address: six octets in hex'),
  uuid: uuid.optional().describe('SMBIOS system UUID, as dmidecode and iPXE print it'),
  manufacturer: z.string().optional(),
  product: z.string().optional(),
  serial: z.string().optional(),
  asset: z.string().optional().describe('asset tag of the chassis'),
  disk: z
    .strictObject({
      says: z.string().max(200).describe('what its boot sector writes to the first serial port'),
    })
    .optional()
    .describe('a small disk, second in the boot order'),
  memory: z.number().int().min(32).max(8192).optional().describe('MiB'),
});

export const scenarioSchema = z.strictObject({
  title: z.string().min(1),
  about: z.string().optional().describe('why this matters, for whoever sees it fail'),
  servers: z.array(z.string()).min(1).describe('entries of servers/'),
  variant: z.string().optional().describe('a variant that each of the servers declares'),
  client,
  files: z
    .record(z.string(), z.string())
    .optional()
    .describe("files put into the server's document root: path and content"),
  names: z
    .record(z.string(), z.string())
    .optional()
    .describe("names the lab's DNS knows besides its own: name and address"),
  'router-advertisement': z.enum(['no-prefix', 'none']).optional(),
  'give-up': seconds.optional().describe("seconds from power-on; the firmware's own budget where absent"),
  expect: z.array(step).min(1).describe('in this order; other events may stand between'),
  never: z.array(never).optional(),
  exactly: z.array(exactly).optional(),
});

export type ScenarioFile = z.infer<typeof scenarioSchema>;
export type Step = z.infer<typeof step>;
export type NeverStep = z.infer<typeof never>;
export type ExactlyStep = z.infer<typeof exactly>;
