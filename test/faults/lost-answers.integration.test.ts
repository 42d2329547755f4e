import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { relayBenchOn, until } from '../relay/bench.ts';
import { plant } from '../relay/outbox-rows.ts';
import { createOrderDatabase } from '../servers/databases.ts';
import { type ProxiedKafka, startProxiedKafka } from './proxied-kafka.ts';
import type { TcpProxy } from './tcp-proxy.ts';
import { Unanswered } from './unanswered.ts';
import { Uncaught } from './uncaught.ts';
import { settled, verdictOn } from './verdict.ts';

const PARTITIONS = 4;
/** Short, so that an answer that never comes is given up soon. */
const REQUEST_MS = 800;
const settings = {
  sendTimeoutMs: REQUEST_MS,
  patienceMs: 50,
  laneBackoff: { baseMs: 10, capMs: 100 },
  probeEveryMs: 50,
};

let kafka: ProxiedKafka;
beforeAll(async () => {
  kafka = await startProxiedKafka();
}, 120_000);
afterEach(() => kafka.proxy.setMode({ kind: 'pass' }));
afterAll(() => kafka[Symbol.asyncDispose]());

interface Fault {
  readonly begin: (proxy: TcpProxy) => Promise<void> | void;
  /** When it has done enough. */
  readonly isEnough: (lostAnswers: number, unanswered: Unanswered) => boolean;
  /** Duplicates there must be: the broker has surely written what it did not answer. */
  readonly repeats: number;
}

const faults: Record<string, Fault> = {
  'the broker writes, and its answers never come': {
    begin: (proxy) => proxy.setMode({ kind: 'lose produce answers', how: 'swallow' }),
    isEnough: (lostAnswers) => lostAnswers >= 2 * PARTITIONS,
    repeats: 1,
  },
  'the broker writes, and the connection is reset in the middle of its answers': {
    begin: (proxy) => proxy.setMode({ kind: 'lose produce answers', how: 'reset halfway' }),
    isEnough: (lostAnswers) => lostAnswers >= 3 * PARTITIONS,
    repeats: 1,
  },
  'connections are reset after a hundred bytes of answers': {
    begin: (proxy) => proxy.setMode({ kind: 'reset in answer', afterBytes: 100 }),
    isEnough: (_lost, { attempts }) => attempts >= 2 * PARTITIONS,
    repeats: 0,
  },
  'nothing goes through, and nobody says so': {
    begin: (proxy) => proxy.setMode({ kind: 'black hole' }),
    isEnough: (_lost, { attempts }) => attempts >= 2 * PARTITIONS,
    repeats: 0,
  },
  'the broker’s end of each connection is gone and the client’s is not': {
    begin: (proxy) => proxy.setMode({ kind: 'half open' }),
    isEnough: (_lost, { attempts }) => attempts >= PARTITIONS,
    repeats: 0,
  },
  'nobody listens': {
    async begin(proxy) {
      await proxy.setMode({ kind: 'refuse' });
      proxy.cut();
    },
    isEnough: (_lost, { attempts }) => attempts >= 2 * PARTITIONS,
    repeats: 0,
  },
};

it.each(Object.entries(faults))(
  'given that %s, every event arrives, in order, with true receipts',
  async (_what, fault) => {
    const { proxy, brokers } = kafka;
    using uncaught = new Uncaught();
    await using database = await createOrderDatabase();
    await using bench = await relayBenchOn({ database, brokers, replicas: 1 }, PARTITIONS);
    const unanswered = new Unanswered();
    bench.startRelay({ settings, through: unanswered.through, kafka: { requestTimeoutMs: REQUEST_MS } });
    const plantEach = (version: number) =>
      plant(
        bench.admin,
        bench.topic,
        PARTITIONS,
        Array.from({ length: 200 }, (_, at) => ({ key: `k${at}`, version })),
      );
    await plantEach(1);
    await settled(bench);

    const lostBefore = proxy.lostAnswers;
    await fault.begin(proxy);
    await plantEach(2);
    await plantEach(3);
    await until(
      'the fault has done enough',
      () => fault.isEnough(proxy.lostAnswers - lostBefore, unanswered),
      40_000,
    );
    await proxy.setMode({ kind: 'pass' });
    await plantEach(4);
    await settled(bench);

    const { broken, duplicates } = await verdictOn(bench);
    expect(broken).toEqual([]);
    expect(uncaught.errors).toEqual([]);
    expect(duplicates).toBeLessThanOrEqual(unanswered.events);
    expect(duplicates).toBeGreaterThanOrEqual(fault.repeats);
    expect((await bench.admin.query('select from outbox_parked')).rowCount).toBe(0);
  },
  120_000,
);
