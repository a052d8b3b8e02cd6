import { once } from 'node:events';
import { createServer, connect as dial, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Qmp } from './qmp.ts';
import { startBareMachine } from './testing/bare-machine.ts';

describe('Qmp', () => {
  it('gives each command its own answer, however many are under way', async () => {
    await using machine = await startBareMachine();
    const [version, status, name] = await Promise.all([
      machine.qmp.execute('query-version'),
      machine.qmp.execute('query-status'),
      machine.qmp.execute('qom-get', { path: '/machine', property: 'type' }),
    ]);
    expect(version).toHaveProperty('qemu.major');
    expect(status).toMatchObject({ status: 'prelaunch', running: false });
    expect(name).toMatch(/^pc-i440fx-.*-machine$/);
  });

  it("rejects with QEMU's class and words for a command it refuses, and goes on", async () => {
    await using machine = await startBareMachine();
    await expect(machine.qmp.execute('make-coffee')).rejects.toMatchObject({
      code: 'VM_QMP',
      message: expect.stringMatching(/make-coffee.*CommandNotFound/),
    });
    await expect(machine.qmp.execute('query-status')).resolves.toBeDefined();
  });

  it('tells events with their data', async () => {
    await using machine = await startBareMachine();
    await machine.qmp.execute('system_reset');
    expect(await machine.event('RESET')).toMatchObject({ data: { guest: false } });
  });

  it('rejects what is under way, and all that comes later, when QEMU is gone', async () => {
    await using machine = await startBareMachine();
    machine.kill();
    await expect(machine.qmp.execute('query-status')).rejects.toMatchObject({ code: 'VM_QMP' });
    await machine.exited;
    await expect(machine.qmp.execute('query-status')).rejects.toMatchObject({ code: 'VM_QMP' });
  });

  it('rejects when the greeting never comes because the other end closes', async () => {
    await using server = createServer((socket) => void socket.end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = dialTo(server.address());
    await expect(Qmp.open(socket, () => {})).rejects.toMatchObject({ code: 'VM_QMP' });
  });

  it('survives an answer that QEMU could not finish', async () => {
    await using server = createServer((socket) => void socket.end('{"QMP": {"ver')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    await expect(Qmp.open(dialTo(server.address()), () => {})).rejects.toMatchObject({ code: 'VM_QMP' });
  });
});

function dialTo(address: ReturnType<ReturnType<typeof createServer>['address']>): Socket {
  if (address === null || typeof address === 'string') throw new Error('no port');
  return dial(address.port, '127.0.0.1');
}
