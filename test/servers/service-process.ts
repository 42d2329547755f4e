import path from 'node:path';
import { startChildServer } from '../../infra/local/child-server.ts';
import { freePort, type LocalServer } from '../../infra/local/index.ts';
import { compileCache, serviceArgs } from '../../infra/local/service-command.ts';

export type ServiceName = 'order-api' | 'outbox-relay' | 'sales-projection' | 'jobs';

/** Starts a service as `npm start` does, in a process that a test may kill; resolves when it is ready. */
export type StartService = (name: ServiceName, env: Readonly<Record<string, string>>) => Promise<LocalServer>;

/** @param folder takes logs and pid files */
export function serviceStarter(folder: string): StartService {
  let started = 0;
  return async (name, env) => {
    started += 1;
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    return await startChildServer({
      name,
      how: 'this clone',
      url,
      port,
      command: process.execPath,
      args: serviceArgs(name),
      env: {
        ...compileCache,
        PATH: process.env['PATH'],
        WAYBILL_ENV: 'test',
        MANAGEMENT_PORT: String(port),
        ...env,
      },
      user: undefined,
      runDir: path.join(folder, `run-${started}`),
      logFile: path.join(folder, `${name}-${started}.log`),
      ending: { stopSignal: 'SIGTERM', limitMs: 9_000 },
      readyWithinMs: 60_000,
      answers: async () => (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(3_000) })).ok,
      signal: undefined,
    });
  };
}

/** What the relay's management port tells of its work; zeros while it waits for the database. */
export async function relayStatus(relay: LocalServer): Promise<{ lanes: number; eventsInFlight: number }> {
  const status: unknown = await (await fetch(`${relay.url}/status`)).json();
  if (typeof status !== 'object' || status === null) throw new Error('the relay answered no status');
  return {
    lanes: 'lanes' in status ? Number(status.lanes) : 0,
    eventsInFlight: 'eventsInFlight' in status ? Number(status.eventsInFlight) : 0,
  };
}
