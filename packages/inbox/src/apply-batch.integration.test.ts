import { describe, expect, test } from 'vitest';
import '../../../test/servers/provided.ts';
import { applyBatch } from './apply-batch.ts';
import { applyDelivery } from './apply-delivery.ts';
import {
  effectsOf,
  event,
  givesUpSoon,
  query,
  recordEffects,
  recording,
  useEffectsDatabase,
} from './effects.fixture.ts';
import type { InboxEvent } from './event.ts';

const effects = useEffectsDatabase();

const done = { diverged: [], ready: [] };

async function deliver(events: readonly InboxEvent[], handler = recordEffects, group = 'g') {
  return await applyBatch(recording(effects.pool, { handler, group }), { events });
}

const gates = () =>
  query(effects.database, 'superuser', 'select key, version, epoch, applied_at from inbox_gate order by key');
const early = () =>
  query(effects.database, 'superuser', 'select key, version from inbox_early order by key, version');

describe('given deliveries one after another', () => {
  test('a batch delivered three times has its effect once', async () => {
    const batch = [event('a', 1), event('b', 1), event('a', 2), event('a', 1)];
    expect(await deliver(batch)).toEqual({ ...done, applied: 3, kept: 0, skipped: 1 });
    const before = await gates();
    expect(await deliver(batch)).toEqual({ ...done, applied: 0, kept: 0, skipped: 4 });
    expect(await deliver(batch)).toEqual({ ...done, applied: 0, kept: 0, skipped: 4 });
    expect(await effectsOf(effects)).toEqual({ a: [1, 2], b: [1] });
    expect(await gates()).toEqual(before);
  });

  test('an early event waits in the database, with everything that its handler needs', async () => {
    const later = { ...event('a', 3), epoch: 2, headers: { ce_id: 'a:3', note: 'größer ☃ "x" \\' } };
    expect(await deliver([later])).toEqual({ ...done, applied: 0, kept: 1, skipped: 0 });
    expect(await deliver([{ ...later }])).toEqual({ ...done, applied: 0, kept: 0, skipped: 1 });
    expect(await deliver([event('a', 2)])).toEqual({ ...done, applied: 0, kept: 1, skipped: 0 });
    expect(await effectsOf(effects)).toEqual({});

    const handled: InboxEvent[] = [];
    await deliver([event('a', 1)], async (client, events) => {
      handled.push(...events);
      await recordEffects(client, events);
    });
    const expected = [event('a', 1), event('a', 2), later];
    expect(handled).toEqual(expected.map((one) => ({ ...one, data: undefined })));
    expect(await early()).toEqual([]);
    expect(await gates()).toMatchObject([{ key: 'a', version: 3, epoch: 2 }]);
  });

  test('groups have gates of their own', async () => {
    await deliver([event('a', 1)]);
    await deliver([event('a', 1)], recordEffects, 'other');
    expect(await effectsOf(effects)).toEqual({ a: [1, 1] });
  });

  test('a gate says when its event was applied, not when its transaction began', async () => {
    let handledAt: unknown;
    await deliver([event('a', 1)], async (client) => {
      const { rows } = await client.query('select clock_timestamp()::text as at from pg_sleep(0.01)');
      handledAt = rows[0]?.at;
    });
    const compared = 'select applied_at > $1::timestamptz as later from inbox_gate';
    expect(await query(effects.database, 'superuser', compared, [handledAt])).toEqual([{ later: true }]);
  });
});

describe('given a failure', () => {
  test('of the handler: nothing is left, not even a gate, and the redelivery applies it', async () => {
    await deliver([event('a', 1)]);
    const failing = deliver([event('a', 2), event('b', 1), event('c', 2)], async (client, events) => {
      await recordEffects(client, events);
      throw new Error('no');
    });
    await expect(failing).rejects.toMatchObject({ cause: { message: 'no' } });
    expect(await effectsOf(effects)).toEqual({ a: [1] });
    expect(await gates()).toMatchObject([{ key: 'a', version: 1 }]);
    expect(await early()).toEqual([]);

    await deliver([event('a', 2), event('b', 1), event('c', 2)]);
    expect(await effectsOf(effects)).toEqual({ a: [1, 2], b: [1] });
  });

  test('of the connection, half way: the same', async () => {
    const cut = deliver([event('a', 1)], async (client, events) => {
      client.on('error', () => undefined);
      await recordEffects(client, events);
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      await query(effects.database, 'superuser', 'select pg_terminate_backend($1)', [rows[0]?.pid]);
    });
    await expect(cut).rejects.toThrow(/terminat|connection/i);
    expect(await effectsOf(effects)).toEqual({});
    await deliver([event('a', 1)]);
    expect(await effectsOf(effects)).toEqual({ a: [1] });
  });

  test('a batch that takes the database too long is halved until it does not', async () => {
    const handler: typeof recordEffects = async (client, events) => {
      await client.query('set local statement_timeout = 50');
      if (events.length > 1) await client.query('select pg_sleep(10)');
      await recordEffects(client, events);
    };
    const outcome = await applyDelivery(
      recording(effects.pool, { handler }),
      givesUpSoon,
      [event('a', 1), event('b', 1), event('b', 2)],
      AbortSignal.timeout(20_000),
    );
    expect(outcome).toMatchObject({ applied: 3, buried: [] });
  });

  test('a contradiction stops its key alone, which keeps what comes after it', async () => {
    await deliver([event('a', 1), event('c', 3)]);
    for (const contradiction of [event('a', 1, '{"other":true}'), event('c', 3, '{"other":true}')]) {
      expect(await deliver([contradiction, event('b', 1)])).toMatchObject({ diverged: [contradiction] });
    }
    expect(await deliver([event('a', 2), event('a', 1, '{"other":true}'), event('c', 1)])).toMatchObject({
      applied: 0,
      kept: 2,
      skipped: 1,
    });
    expect(await effectsOf(effects)).toEqual({ a: [1], b: [1] });
    const letters = 'select key, version, reason, state from inbox_dead_letter order by id';
    expect(await query(effects.database, 'superuser', letters)).toEqual([
      { key: 'a', version: 1, reason: 'inbox-event-diverged', state: 'waiting' },
      { key: 'c', version: 3, reason: 'inbox-event-diverged', state: 'waiting' },
    ]);
  });
});
