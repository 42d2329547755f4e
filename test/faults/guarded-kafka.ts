import path from 'node:path';
import { freePort, startKafka } from '../../infra/local/index.ts';
import { temporaryFolder } from '../servers/temporary-folder.ts';

/** A broker whose clients have to say who they are, and may do what ACLs allow. */
export interface GuardedKafka extends AsyncDisposable {
  /** Where clients log in. */
  readonly brokers: readonly string[];
  /** Where everybody may do everything: for the administrator and the checker. */
  readonly backDoor: readonly string[];
  /** May do nothing before it is allowed to. */
  readonly relay: { readonly mechanism: 'plain'; readonly username: string; readonly password: string };
}

export async function startGuardedKafka(): Promise<GuardedKafka> {
  await using starting = new AsyncDisposableStack();
  const folder = starting.use(temporaryFolder());
  const [port, brokerPort, controllerPort] = [await freePort(), await freePort(), await freePort()];
  const relay = { mechanism: 'plain', username: 'relay', password: 'relay-password' } as const;
  const server = starting.use(
    await startKafka({
      dataDir: path.join(folder.path, 'kafka'),
      port,
      progress: () => undefined,
      node: {
        id: 1,
        controllerPort,
        brokerPort,
        voters: [`1@127.0.0.1:${controllerPort}`],
        clusterId: 'AAAAAAAAAAAAAAAAAAAAAA',
      },
      access: { users: { admin: 'admin-password', [relay.username]: relay.password } },
    }),
  );
  const running = starting.move();
  return {
    brokers: [server.url],
    backDoor: [`127.0.0.1:${brokerPort}`],
    relay,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
