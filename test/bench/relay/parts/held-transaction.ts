import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { BenchDatabase } from '../databases.ts';
import type { Ground } from '../ground.ts';
import { inTurns } from '../in-turns.ts';
import type { BenchOptions, ClientName } from '../options.ts';
import type { Acknowledgement } from '../receipts.sql.ts';
import { type DrainUnderWay, drainOnce, type RelaySpeed } from './drain.ts';

export type HeldRound = { readonly client: ClientName } & (
  | { readonly state: 'valid'; readonly ratio: number; readonly cpuRatio: number }
  | { readonly state: 'void'; readonly reason: string }
);

/** Of the drain, with a transaction held open or without. Times by the machine's clock, in ms since 1970. */
export interface Stretch {
  readonly isHeld: boolean;
  readonly from: number;
  readonly to: number;
  /** CPU of the relay and PostgreSQL, in seconds. */
  readonly cpu: number;
}

/**
 * ms of a stretch: short, so that a machine whose speed changes within seconds is as fast in one as in the next, and such
 * that a drain has some eight of them. Between two stretches is time that does not count: the batches under way when a
 * transaction begins or ends were read before.
 */
function lengthsFor(events: number): { readonly stretchMs: number; readonly settleMs: number } {
  const stretchMs = Math.min(1_000, events / 400);
  return { stretchMs, settleMs: Math.max(100, stretchMs / 4) };
}

/**
 * Drains while a transaction is held open and ended again in turns, and compares the one kind of stretches with the
 * other. `ratio` is of events per second, `cpuRatio` of the CPU that relay and PostgreSQL spend on an event. Whole
 * drains with and without, one after the other, differed by 15 % either way without cause. That the cost does not grow
 * with the time for which a transaction is held is a test's business (20,000 cycles).
 */
export async function heldRounds(
  ground: Ground,
  backlog: BenchDatabase,
  options: BenchOptions,
): Promise<HeldRound[]> {
  const cluster = await ground.cluster(1);
  return await inTurns<HeldRound>(options, async (client, round) => {
    const stretches: Stretch[] = [];
    const drain = await drainOnce(ground, backlog, cluster, client, (drainUnderWay) =>
      holdByTurns(drainUnderWay, round % 2 === 0, lengthsFor(options.events), stretches),
    );
    const which = `held transaction ${round}/${options.rounds} (${client})`;
    if (drain.state === 'void') {
      ground.progress(`${which}: void, ${drain.reason}`);
      return [{ client, state: 'void', reason: drain.reason }];
    }
    const held = costOf(drain.speed, stretches, true);
    const free = costOf(drain.speed, stretches, false);
    if (held === null || free === null) {
      const reason = 'the drain was over before it had a stretch of either kind';
      ground.progress(`${which}: void, ${reason}`);
      return [{ client, state: 'void', reason }];
    }
    const ratio = held.eventsPerSecond / free.eventsPerSecond;
    const cpuRatio = held.cpu / free.cpu;
    ground.progress(
      `${which}: ${ratio.toFixed(3)}, ${held.eventsPerSecond.toFixed(0)} of ${free.eventsPerSecond.toFixed(0)} events/s; CPU ${held.cpu.toFixed(1)} instead of ${free.cpu.toFixed(1)} µs (${held.stretches} and ${free.stretches} stretches)`,
    );
    return [{ client, state: 'valid', ratio, cpuRatio }];
  });
}

export interface StretchCost {
  readonly eventsPerSecond: number;
  /** µs per event. */
  readonly cpu: number;
  readonly stretches: number;
}

/** Of the stretches of one kind that lie within the drain; null when there is none. */
export function costOf(
  { acknowledgements }: Pick<RelaySpeed, 'acknowledgements'>,
  stretches: readonly Stretch[],
  isHeld: boolean,
): StretchCost | null {
  const [first, last] = endsOf(acknowledgements);
  const counted = stretches.filter(
    (stretch) => stretch.isHeld === isHeld && stretch.from >= first && stretch.to <= last,
  );
  if (counted.length === 0) return null;
  const isWithin = ({ at }: Acknowledgement): boolean =>
    counted.some(({ from, to }) => from <= at && at < to);
  const events = sum(acknowledgements.filter(isWithin).map((acknowledgement) => acknowledgement.events));
  const seconds = sum(counted.map(({ from, to }) => to - from)) / 1_000;
  const cpu = sum(counted.map((stretch) => stretch.cpu));
  return { eventsPerSecond: events / seconds, cpu: (cpu / events) * 1e6, stretches: counted.length };
}

function endsOf(acknowledgements: readonly Acknowledgement[]): [first: number, last: number] {
  const times = acknowledgements.map(({ at }) => at);
  return [Math.min(...times), Math.max(...times)];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** A transaction with an id and a snapshot, in the database that is drained, in every other stretch until disposal. */
async function holdByTurns(
  { database, cpu }: DrainUnderWay,
  heldFirst: boolean,
  { stretchMs, settleMs }: ReturnType<typeof lengthsFor>,
  stretches: Stretch[],
): Promise<AsyncDisposable> {
  const client = new pg.Client({ connectionString: database.urlFor('superuser') });
  client.on('error', () => undefined); // the next statement tells
  await client.connect();
  const ending = new AbortController();
  const pause = (ms: number) => delay(ms, undefined, { signal: ending.signal });
  const usedSoFar = (): number => sum(Object.values(cpu()));
  const turns = (async () => {
    for (let isHeld = heldFirst; ; isHeld = !isHeld) {
      if (isHeld) {
        await client.query('begin isolation level repeatable read');
        await client.query('select pg_current_xact_id(), (select count(*) from outbox_lane)');
      }
      await pause(settleMs);
      const [from, before] = [Date.now(), usedSoFar()];
      await pause(stretchMs);
      stretches.push({ isHeld, from, to: Date.now(), cpu: usedSoFar() - before });
      if (isHeld) await client.query('rollback');
    }
  })();
  const ended = turns.catch((error: unknown) => {
    if (!ending.signal.aborted) throw error;
  });
  ended.catch(() => undefined); // told at disposal
  return {
    async [Symbol.asyncDispose]() {
      ending.abort();
      await ended;
      await client.end();
    },
  };
}
