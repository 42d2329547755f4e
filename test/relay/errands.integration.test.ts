import { PublishError } from '@waybill/outbox';
import { expect, it } from 'vitest';
import { relayBench, until } from './bench.ts';
import { intercept } from './intercept.ts';
import { plant } from './outbox-rows.ts';

const NEVER = { baseMs: 3_600_000, capMs: 3_600_000 };

it('carries one redrive out after the other while nothing else happens, and not one a heartbeat', async () => {
  await using bench = await relayBench(1);
  const { admin, topic } = bench;
  const broker = { refuses: true };
  const running = bench.startRelay({
    settings: { parkedRetry: NEVER, heartbeatMs: 1_000 },
    through: intercept({
      before() {
        if (broker.refuses) throw new PublishError('planted', 'answered', 'INVALID_RECORD');
      },
    }),
  });
  const keys = 30;
  await plant(
    admin,
    topic,
    1,
    Array.from({ length: keys }, (_, index) => ({ key: `k${index}`, version: 1 })),
  );
  const parked = async (): Promise<number> => {
    const { rows } = await admin.query('select count(*)::int as count from outbox_parked');
    return rows[0].count;
  };
  await until('everything is parked', async () => (await parked()) === keys);

  broker.refuses = false;
  const beats = new Set<string>();
  await admin.query(
    `select outbox_wish(lane, array_agg(seq), 'redrive', 'tester', 'because') from outbox_parked group by lane`,
  );
  await until('everything is published', async () => {
    const { rows } = await admin.query('select max(heartbeat)::text as beat from outbox_relay');
    beats.add(rows[0].beat);
    return (await parked()) === 0;
  });
  // One heartbeat to notice, and some for a machine that is busy.
  expect(beats.size).toBeLessThan(keys / 3);
  expect(running.events.filter(({ type }) => type === 'parked-events-published')).toHaveLength(keys);
});
