import { expect, it } from 'vitest';
import { verdictOn } from '../faults/verdict.ts';
import { hold } from '../servers/hold.ts';
import { relayBench, until } from './bench.ts';
import { closedGate, intercept } from './intercept.ts';
import { pendingEvents, plant } from './outbox-rows.ts';

it('reads the next batch while one is sent: it goes out although nobody can read the outbox by then', async () => {
  await using bench = await relayBench(1);
  const keys = Array.from({ length: 30 }, (_, at) => ({ key: `k${at}`, version: 1 }));
  await plant(bench.admin, bench.topic, 1, keys);
  const sending = closedGate();
  const goOn = closedGate();
  // Whatever fails below: the relay that is ended afterwards waits for this answer.
  using _released = { [Symbol.dispose]: () => goOn.open() };
  const sent: string[][] = [];
  const running = bench.startRelay({
    settings: {
      limits: { rows: 10, bytes: 700_000 },
      // No batch leaves the cycle for being held back, and no heartbeat takes the connection that reads ahead.
      patienceMs: 60_000,
      heartbeatMs: 3_600_000,
      leaseMs: 20_000_000,
    },
    through: intercept({
      async before({ messages }) {
        sent.push(messages.map(({ key }) => key));
        sending.open();
        await goOn.passed;
      },
    }),
  });
  await sending.passed;
  // On its way it may still be waiting for a connection; the lock would come before it then.
  await until('what is read ahead is here', running.isAtRest);
  await using blocker = await hold(bench.admin, 'lock table outbox in access exclusive mode');
  expect(sent).toHaveLength(1);
  goOn.open();
  await until('the second batch is sent', () => sent.length === 2);
  expect(sent.flat()).toEqual(keys.slice(0, 20).map(({ key }) => key));

  await blocker.release();
  await until('everything is published', async () => (await pendingEvents(bench.admin)) === 0);
  expect(await verdictOn(bench)).toEqual({ broken: [], duplicates: 0 });
});
