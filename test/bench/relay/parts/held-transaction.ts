import pg from 'pg';
import type { BenchDatabase } from '../databases.ts';
import type { Ground } from '../ground.ts';
import { inTurns } from '../in-turns.ts';
import type { BenchOptions, ClientName } from '../options.ts';
import { type Drain, drainOnce, nothingBeside, type RelaySpeed } from './drain.ts';

export type HeldRound = { readonly client: ClientName } & (
  | { readonly state: 'valid'; readonly ratio: number; readonly cpuRatio: number }
  | { readonly state: 'void'; readonly reason: string }
);

/**
 * Drains with a transaction held open beside them, and without: which goes first changes. `ratio` is of events per second,
 * `cpuRatio` of the CPU that relay and PostgreSQL spend on an event.
 */
export async function heldRounds(
  ground: Ground,
  backlog: BenchDatabase,
  options: BenchOptions,
): Promise<HeldRound[]> {
  const cluster = await ground.cluster(1);
  return await inTurns<HeldRound>(options, async (client, round) => {
    const drain = (beside: (database: BenchDatabase) => Promise<AsyncDisposable>): Promise<Drain> =>
      drainOnce(ground, backlog, cluster, client, beside);
    const heldFirst = round % 2 === 0 ? await drain(holdTransaction) : undefined;
    const free = await drain(nothingBeside);
    const held = heldFirst ?? (await drain(holdTransaction));
    const which = `held transaction ${round}/${options.rounds} (${client})`;
    if (held.state === 'void' || free.state === 'void') {
      const reason = held.state === 'void' ? held.reason : free.state === 'void' ? free.reason : '';
      ground.progress(`${which}: void, ${reason}`);
      return [{ client, state: 'void', reason }];
    }
    const ratio = held.speed.eventsPerSecond / free.speed.eventsPerSecond;
    const cpuRatio = cpuOf(held.speed) / cpuOf(free.speed);
    ground.progress(
      `${which}: ${ratio.toFixed(3)}, ${held.speed.eventsPerSecond.toFixed(0)} of ${free.speed.eventsPerSecond.toFixed(0)} events/s; CPU ${cpuOf(held.speed).toFixed(1)} instead of ${cpuOf(free.speed).toFixed(1)} µs`,
    );
    return [{ client, state: 'valid', ratio, cpuRatio }];
  });
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
