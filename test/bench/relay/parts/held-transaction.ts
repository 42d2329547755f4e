import pg from 'pg';
import type { BenchDatabase } from '../databases.ts';
import type { Ground } from '../ground.ts';
import type { BenchOptions, ClientName } from '../options.ts';
import { type Drain, drainOnce, nothingBeside } from './drain.ts';

export type HeldRound =
  | { readonly state: 'valid'; readonly ratio: number; readonly with: number; readonly without: number }
  | { readonly state: 'void'; readonly reason: string };

/** Events per second with a transaction held open beside the drain, and without. Which goes first changes. */
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
    const speeds = { with: held.speed.eventsPerSecond, without: free.speed.eventsPerSecond };
    rounds.push({ state: 'valid', ratio: speeds.with / speeds.without, ...speeds });
    ground.progress(
      `held transaction ${round}/${options.rounds}: ${(speeds.with / speeds.without).toFixed(3)}, ${speeds.with.toFixed(0)} of ${speeds.without.toFixed(0)} events/s`,
    );
  }
  return rounds;
}

/** A transaction with an id and a snapshot, in the database that is drained. */
async function holdTransaction(database: BenchDatabase): Promise<AsyncDisposable> {
  const client = new pg.Client({ connectionString: database.urlFor('superuser') });
  await client.connect();
  await client.query('begin isolation level repeatable read');
  await client.query('select pg_current_xact_id(), (select count(*) from outbox_lane)');
  return { [Symbol.asyncDispose]: () => client.end() };
}
