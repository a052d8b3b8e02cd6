import { describe, expect, it } from 'vitest';
import { fromHex } from '../wire/bytes.ts';
import { ISCSI_OPCODE } from '../wire/iscsi/opcode.ts';
import { type IscsiPdu, iscsiPdu, serializeIscsiPdu } from '../wire/iscsi/pdu.ts';
import { CHECK_CONDITION, LOGIN_REQUEST } from '../wire/iscsi/testing/pdus.ts';
import { storyOf } from './testing/stories.ts';
import { TestWire } from './testing/wire.ts';

const TRANSIT_TO_FULL = 0x87;
const text = (...pairs: readonly string[]): Uint8Array =>
  Uint8Array.from(Buffer.from(pairs.map((pair) => `${pair}\0`).join(''), 'latin1'));

/** A connection on which the two speak in turn, each octet acknowledged. */
class Connection {
  readonly wire = new TestWire();
  readonly #port: number;
  readonly #next = { client: 101, server: 501 };

  constructor(port = 3260) {
    this.#port = port;
    this.wire
      .tcp('client', port, 100, 0, ['syn'])
      .tcp('server', port, 500, 101, ['syn', 'ack'])
      .tcp('client', port, 101, 501, ['ack']);
  }

  says(from: 'client' | 'server', what: Uint8Array | IscsiPdu, flags: readonly ('fin' | 'rst')[] = []): this {
    const bytes = what instanceof Uint8Array ? what : serializeIscsiPdu(what);
    const other = from === 'client' ? 'server' : 'client';
    const octets = Buffer.from(bytes).toString('latin1');
    this.wire.tcp(from, this.#port, this.#next[from], this.#next[other], ['ack', ...flags], octets);
    this.#next[from] += bytes.length + flags.length;
    return this;
  }

  /** Octets that the capture does not hold; the other side's next segment acknowledges them. */
  loses(from: 'client' | 'server', octets: number): this {
    this.#next[from] += octets;
    return this;
  }

  events(): readonly object[] {
    return this.wire.story().events;
  }
}

function loginResponse(status: number, data: Uint8Array, flags = TRANSIT_TO_FULL): IscsiPdu {
  return iscsiPdu({
    opcode: ISCSI_OPCODE.loginResponse,
    flags,
    words: [0, 0, 0, 0, status * 0x10000],
    data,
  });
}

const LUN_1 = fromHex('0001000000000000');

function command(tag: number, cdb: number, flags = 0x80): IscsiPdu {
  const words = [512, 0, 0, cdb * 0x1000000, 0, 0, 0];
  return iscsiPdu({ opcode: ISCSI_OPCODE.scsiCommand, flags, lun: LUN_1, initiatorTaskTag: tag, words });
}

function dataIn(tag: number, octets: number, flags = 0x81): IscsiPdu {
  const data = new Uint8Array(octets);
  return iscsiPdu({ opcode: ISCSI_OPCODE.dataIn, flags, initiatorTaskTag: tag, data });
}

function response(tag: number, status: number, sense?: string): IscsiPdu {
  const data = sense === undefined ? new Uint8Array(0) : fromHex('0012', sense);
  const common = { opcode: ISCSI_OPCODE.scsiResponse, flags: 0x80, initiatorTaskTag: tag };
  return iscsiPdu({ ...common, specific: status, data });
}

const NO_SUCH_LUN = '70 00 05 00000000 0a 00000000 25 00 00000000';
const loggedIn = (port?: number): Connection =>
  new Connection(port)
    .says('client', LOGIN_REQUEST)
    .says('server', loginResponse(0, text('AuthMethod=None')));

describe('IscsiSession', () => {
  it('tells a boot from a disk as one event', async () => {
    const story = await storyOf('lab/iscsi-sanboot.pcap');
    expect(story.events.filter(({ kind }) => kind === 'iscsi' || kind === 'tcp')).toMatchObject([
      {
        kind: 'iscsi',
        stage: 'ipxe',
        initiator: 'iqn.2007-08.com.example.initiator:initiator',
        target: 'iqn.2007-08.com.example.san:sometarget',
        sessionType: 'Normal',
        outcome: 'logged-in',
        login: {
          requests: 2,
          answers: 2,
          stages: ['security', 'operational', 'full-feature'],
          authOffered: 'None',
          authChosen: 'None',
          chapAsked: false,
          status: { class: 0, detail: 0, text: 'success', frame: 61 },
          headerDigest: 'None',
        },
        work: { luns: ['1'], commands: 6, reads: 3, octetsRead: 3072, writes: 0, unitAttentions: 1 },
        failure: undefined,
        end: 'open',
        frames: [48, 87],
        skipped: 0,
      },
    ]);
  });

  it('knows a session by its Login Request, on whatever port', () => {
    expect(loggedIn(13260).events()).toMatchObject([{ kind: 'iscsi', outcome: 'logged-in' }]);
  });

  it('tells a refused login with its status in words, and the frame that says so', () => {
    const events = new Connection()
      .says('client', LOGIN_REQUEST)
      .says('server', loginResponse(0x0203, text()), ['fin'])
      .events();
    expect(events).toMatchObject([
      {
        outcome: 'refused',
        login: { status: { class: 2, detail: 3, text: 'not found', frame: 5 } },
        end: 'closed-by-target',
        frames: [1, 5],
      },
    ]);
  });

  it.each([
    [0x0101, 'target moved temporarily'],
    [0x0102, 'target moved permanently'],
  ])('tells where a target has gone (status %i)', (status, words) => {
    const moved = loginResponse(status, text('TargetAddress=10.188.0.11:3260,1'));
    expect(new Connection().says('client', LOGIN_REQUEST).says('server', moved).events()).toMatchObject([
      { outcome: 'redirected', movedTo: '10.188.0.11:3260,1', login: { status: { text: words } } },
    ]);
  });

  it('tells CHAP by the name that was given, and puts a text together that goes on in another PDU', () => {
    const request = (flags: number, data: Uint8Array): IscsiPdu =>
      iscsiPdu({ opcode: ISCSI_OPCODE.loginRequest, immediate: true, flags, data });
    const events = new Connection()
      .says(
        'client',
        request(0x00, text('InitiatorName=iqn.x:i', 'TargetName=iqn.x:t', 'AuthMethod=CHAP,None')),
      )
      .says('server', loginResponse(0, text('AuthMethod=CHAP'), 0x00))
      .says('client', request(0x00, text('CHAP_A=5')))
      .says('server', loginResponse(0, text('CHAP_A=5', 'CHAP_I=1', 'CHAP_C=0x00ff'), 0x00))
      .says('client', request(0x40, Uint8Array.from(Buffer.from('CHAP_N=dis'))))
      .says('server', loginResponse(0, text(), 0x00))
      .says('client', request(0x81, text('ks', 'CHAP_R=0x1234')))
      .says('server', loginResponse(0x0201, text()))
      .events();
    expect(events).toMatchObject([
      {
        outcome: 'refused',
        login: {
          requests: 4,
          answers: 4,
          authOffered: 'CHAP,None',
          authChosen: 'CHAP',
          chapAsked: true,
          chapName: 'disks',
          status: { text: 'authentication failure' },
        },
      },
    ]);
    expect(
      JSON.stringify(events, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
    ).not.toMatch(/1234|00ff/);
  });

  it('tells a login that nobody answers, and one that ends half way', () => {
    const asked = (): Connection => new Connection().says('client', LOGIN_REQUEST);
    const half = loginResponse(0, text('AuthMethod=None'), 0x81);
    expect(asked().events()).toMatchObject([{ outcome: 'unanswered', login: { requests: 1, answers: 0 } }]);
    expect(asked().says('server', half).events()).toMatchObject([{ outcome: 'broken-off', end: 'open' }]);
    expect(asked().says('server', half).says('client', new Uint8Array(0), ['rst']).events()).toMatchObject([
      { outcome: 'broken-off', end: 'reset-by-client' },
    ]);
  });

  it('tells a target that is not there by its port', () => {
    const refused = new TestWire()
      .tcp('client', 3260, 100, 0, ['syn'])
      .tcp('server', 3260, 0, 101, ['rst', 'ack']);
    expect(refused.story().events).toMatchObject([
      { kind: 'iscsi', outcome: 'connection-refused', frames: [1, 2] },
    ]);
    expect(new TestWire().tcp('client', 3260, 100, 0, ['syn']).story().events).toMatchObject([
      { kind: 'iscsi', outcome: 'unanswered', login: { requests: 0 } },
    ]);
  });

  it('counts reads and writes by the octets that went over, and keeps the first failure', () => {
    const events = loggedIn()
      .says('client', command(1, 0x28, 0xc0))
      .says('server', dataIn(1, 512, 0x00))
      .says('server', dataIn(1, 500))
      .says('client', command(2, 0x12, 0xc0))
      .says('server', dataIn(2, 36))
      .says('client', command(3, 0x00))
      .says('server', response(3, 0x02, NO_SUCH_LUN))
      .says('client', command(4, 0x2a, 0xa0))
      .says('client', iscsiPdu({ opcode: ISCSI_OPCODE.dataOut, flags: 0x80, data: new Uint8Array(64) }))
      .says('server', response(4, 0x08))
      .events();
    expect(events).toMatchObject([
      {
        work: { luns: ['1'], commands: 4, reads: 1, octetsRead: 1012, writes: 1, octetsWritten: 64 },
        failure: {
          operation: 'TEST UNIT READY',
          lun: '1',
          what: 'CHECK CONDITION, ILLEGAL REQUEST, logical unit not supported',
          frame: 12,
        },
      },
    ]);
  });

  it('does not take the news of a reset for a failure', () => {
    expect(
      loggedIn().says('client', command(0x18ae0002, 0)).says('server', CHECK_CONDITION).events(),
    ).toMatchObject([{ failure: undefined, work: { unitAttentions: 1 } }]);
  });

  it.each([
    [
      'a Reject',
      { opcode: ISCSI_OPCODE.reject, specific: 0x0400 },
      { failure: { what: 'rejected: protocol error' } },
    ],
    [
      'an Asynchronous Message',
      { opcode: ISCSI_OPCODE.asyncMessage, words: [0, 0, 0, 0, 0x01000000] },
      { notice: 'target requests logout' },
    ],
    ['a logout', { opcode: ISCSI_OPCODE.logoutResponse, flags: 0x80 }, { end: 'logout' }],
  ])('tells %s', (_, fields, told) => {
    expect(loggedIn().says('server', iscsiPdu(fields)).events()).toMatchObject([told]);
  });

  it('stays at logout where the connection is closed behind it', () => {
    const events = loggedIn()
      .says('client', iscsiPdu({ opcode: ISCSI_OPCODE.logoutRequest, flags: 0x80 }))
      .says('server', iscsiPdu({ opcode: ISCSI_OPCODE.logoutResponse, flags: 0x80 }), ['fin'])
      .says('client', new Uint8Array(0), ['fin'])
      .events();
    expect(events).toMatchObject([{ end: 'logout' }]);
  });

  it('counts on behind octets that the capture misses, and says so where PDUs cannot be told apart', () => {
    const events = loggedIn()
      .says('client', command(1, 0x28, 0xc0))
      .says('server', serializeIscsiPdu(dataIn(1, 512)).subarray(0, 100))
      .loses('server', 460)
      .says('client', command(2, 0x28, 0xc0))
      .loses('server', 30)
      .says('client', command(3, 0x28, 0xc0))
      .says('server', new Uint8Array(18))
      .says('server', dataIn(3, 100))
      .events();
    expect(events).toMatchObject([{ work: { commands: 3, octetsRead: 612 }, skipped: 48 }]);
  });

  it('begins where the capture begins inside the session', () => {
    const wire = new TestWire();
    const octets = (pdu: IscsiPdu): string => Buffer.from(serializeIscsiPdu(pdu)).toString('latin1');
    wire
      .tcp('server', 3260, 900, 500, ['ack'], '\0'.repeat(300))
      .tcp('client', 3260, 500, 1200, ['ack'], octets(command(7, 0x28, 0xc0)))
      .tcp('server', 3260, 1200, 548, ['ack'], octets(dataIn(7, 512)));
    expect(wire.story().events).toMatchObject([
      { kind: 'iscsi', outcome: 'login-not-seen', work: { commands: 1, octetsRead: 512 } },
    ]);
  });

  it('says once what cannot be read, and does not lose what was known', () => {
    const events = loggedIn().says('client', dataIn(1, 0)).says('client', new Uint8Array(48)).events();
    expect(events).toMatchObject([
      { kind: 'iscsi', outcome: 'logged-in' },
      { kind: 'unreadable', protocol: 'iSCSI', error: { code: 'WIRE_MALFORMED', field: 'opcode' } },
    ]);
  });
});
