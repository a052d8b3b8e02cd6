import type { Service } from './service.ts';

type Place = { readonly address: string; readonly port: number };
type Start<Settings, Deps> = (where: Place, settings: Settings, deps: Deps) => Promise<Service<Settings>>;

/**
 * A start function that starts the service at each of some addresses, on one port, and is one service to its caller: what
 * DHCP names to the clients of an interface has to listen at that interface's address.
 */
export function everywhere<Settings, Deps>(
  addresses: readonly string[],
  start: Start<Settings, Deps>,
): Start<Settings, Deps> {
  return async (where, settings, deps) => {
    await using undo = new AsyncDisposableStack();
    const first = undo.use(await start(where, settings, deps));
    const services = [first];
    for (const address of addresses) {
      if (address === where.address) continue;
      services.push(undo.use(await start({ address, port: first.port }, settings, deps)));
    }
    const owned = undo.move();
    return {
      port: first.port,
      configure: (next) => {
        for (const service of services) service.configure(next);
      },
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  };
}
