import pg from 'pg';
import type { BenchDatabase } from '../databases.ts';
import type { Ground } from '../ground.ts';
import type { BenchOptions, ClientName } from '../options.ts';
import { type Drain, drainOnce, nothingBeside, type RelaySpeed } from './drain.ts';

export type HeldRound =
  | { readonly state: 'valid'; readonly ratio: number; readonly cpuRatio: number }
  | { readonly state: 'void'; readonly reason: string };

/**
 * Drains with a transaction held open beside them, and without: which goes first changes. `ratio` is of events per second,
 * `cpuRatio` of the CPU that relay and PostgreSQL spend on an event.
 */
export async function heldRounds(
  ground: Ground,
  backlog: BenchDatabase,
  options: BenchOptions,
  client: ClientName,
): Promise<HeldRound[]> {
  const cluster = await ground.cluster(1);
  const drain = (beside: 'held' | 'nothing'): Promise<Drain> =>
    drainOnce(ground, backlog, cluster, client, beside === 'held' ? holdTransaction : nothingBeside);
  const rounds: HeldRound[] = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    const order = round % 2 === 0 ? (['held', 'nothing'] as const) : (['nothing', 'held'] as const);
    const first = await drain(order[0]);
    const second = await drain(order[1]);
    const [held, free] = order[0] === 'held' ? [first, second] : [second, first];
    if (held.state === 'void' || free.state === 'void') {
      const reason = held.state === 'void' ? held.reason : free.state === 'void' ? free.reason : '';
      rounds.push({ state: 'void', reason });
      continue;
    }
    const ratio = held.speed.eventsPerSecond / free.speed.eventsPerSecond;
    const cpuRatio = cpuOf(held.speed) / cpuOf(free.speed);
    rounds.push({ state: 'valid', ratio, cpuRatio });
    ground.progress(
      `held transaction ${round}/${options.rounds}: ${ratio.toFixed(3)}, ${held.speed.eventsPerSecond.toFixed(0)} of ${free.speed.eventsPerSecond.toFixed(0)} events/s; CPU ${cpuOf(held.speed).toFixed(1)} instead of ${cpuOf(free.speed).toFixed(1)} µs`,
    );
  }
  return rounds;
}

/** µs per event. */
function cpuOf({ clientCpu, postgresCpu }: RelaySpeed): number {
  return clientCpu + postgresCpu;
}

/** A transaction with an id and a snapshot, in the database that is drained. */
async function holdTransaction(database: BenchDatabase): Promise<AsyncDisposable> {
  const client = new pg.Client({ connectionString: database.urlFor('superuser') });
  await client.connect();
  await client.query('begin isolation level repeatable read');
  await client.query('select pg_current_xact_id(), (select count(*) from outbox_lane)');
  return { [Symbol.asyncDispose]: () => client.end() };
}
