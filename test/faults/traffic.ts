import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { RelayBench } from '../relay/bench.ts';
import { plant } from '../relay/outbox-rows.ts';

/** Orders that change all the time, in the background, until it is stopped. */
export interface Traffic extends AsyncDisposable {
  /** Events whose commit was answered. */
  readonly committed: number;
  /** Stops writing; resolves when nothing is under way. */
  stop(): Promise<void>;
}

export interface TrafficPlan {
  readonly bench: Pick<RelayBench, 'admin' | 'topic' | 'partitions'>;
  readonly keys: number;
  /** Between two transactions of one event per key; in ms. */
  readonly everyMs: number;
}

/**
 * One event of every key, again and again. Where a commit's answer is lost with the connection, the versions are read
 * again before the next one: they may have been committed or not.
 */
export function startTraffic({ bench, keys, everyMs }: TrafficPlan): Traffic {
  const stopping = new AbortController();
  const tally = { committed: 0 };
  const running = write(bench, keys, everyMs, tally, stopping.signal);
  const stop = async (): Promise<void> => {
    stopping.abort();
    await running;
  };
  return {
    get committed() {
      return tally.committed;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function write(
  bench: TrafficPlan['bench'],
  keys: number,
  everyMs: number,
  tally: { committed: number },
  signal: AbortSignal,
): Promise<void> {
  const { admin, topic, partitions } = bench;
  const names = Array.from({ length: keys }, (_, at) => `order-${at}`);
  let versions: Map<string, number> | undefined;
  while (!signal.aborted) {
    try {
      versions ??= await committedVersions(admin);
      const known = versions;
      const events = names.map((key) => ({ key, version: (known.get(key) ?? 0) + 1 }));
      await plant(admin, topic, partitions, events);
      for (const { key, version } of events) known.set(key, version);
      tally.committed += events.length;
    } catch {
      versions = undefined; // the database is away, or went away: what was committed is to be asked
    }
    await delay(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

async function committedVersions(pool: Pool): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ key: string; version: number }>(
    'select key, max(version)::int as version from outbox group by key',
  );
  return new Map(rows.map(({ key, version }) => [key, version]));
}
