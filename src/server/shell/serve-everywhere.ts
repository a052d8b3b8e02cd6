import type { Service } from './service.ts';

type Place = { readonly address: string; readonly port: number };
type Start<Where, Settings, Deps, One> = (where: Where, settings: Settings, deps: Deps) => Promise<One>;

/** One service to its caller, at each of some addresses. */
export interface ServiceEverywhere<Settings, One> extends Service<Settings> {
  /** The one at the address that was asked for is the first. */
  readonly services: readonly [One, ...One[]];
}

/**
 * A start function that starts the service at each of some addresses, on one port: what DHCP names to the clients of an
 * interface has to listen at that interface's address.
 */
export function everywhere<Where extends Place, Settings, Deps, One extends Service<Settings>>(
  addresses: readonly string[],
  start: Start<Where, Settings, Deps, One>,
): Start<Where, Settings, Deps, ServiceEverywhere<Settings, One>> {
  return async (where, settings, deps) => {
    await using undo = new AsyncDisposableStack();
    const first = undo.use(await start(where, settings, deps));
    const services: [One, ...One[]] = [first];
    for (const address of addresses) {
      if (address === where.address) continue;
      services.push(undo.use(await start({ ...where, address, port: first.port }, settings, deps)));
    }
    const owned = undo.move();
    return {
      port: first.port,
      services,
      configure: (next) => {
        for (const service of services) service.configure(next);
      },
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  };
}
