/** Longer than others: one text about everything that can go wrong, over both storages and one database. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import '../../../test/servers/provided.ts';
import { effectsOf, query, useEffectsDatabase } from './effects.fixture.ts';
import { readCloudEvent } from './read-envelope.ts';
import { type Changes, type FedConsumer, feed, kinds, message, operator, until } from './kit.fixture.ts';

const effects = useEffectsDatabase();
const ops = operator(effects);

const open: FedConsumer[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]();
});

describe.each(kinds)('over %s', (kind) => {
  async function start(changes: Changes = {}): Promise<FedConsumer> {
    const consumer = await feed(kind, effects, changes);
    open.push(consumer);
    return consumer;
  }

  describe('given a handler that throws at one event', () => {
    let broken = true;
    let tries = 0;
    beforeEach(() => {
      broken = true;
      tries = 0;
    });
    const mishap: Changes['mishap'] = ({ key, version }) => {
      if (key !== 'b' || version !== 1 || !broken) return;
      tries += 1;
      throw new RangeError('not b');
    };

    test('the others are applied, its key waits, and a redrive applies it and its successors in order', async () => {
      const it = await start({ mishap });
      await it.deliver(message('a', 1), message('b', 1), message('c', 1), message('d', 1));
      await it.deliver(message('b', 3), message('b', 2), message('a', 2));
      expect(await effectsOf(effects)).toEqual({ a: [1, 2], c: [1], d: [1] });
      expect(await ops.letters()).toMatchObject([
        { key: 'b', version: 1, reason: 'RangeError', attempts: 2, state: 'waiting' },
      ]);
      expect(it.alarms).toMatchObject([{ kind: 'dead letter', event: { key: 'b' }, reason: 'RangeError' }]);
      await until('its key is seen to stand', () => it.consumer.status().stored?.stopped.length === 1);
      expect(it.consumer.status().stored?.stopped).toMatchObject([
        { key: 'b', version: 1, reason: 'poison' },
      ]);
      await until('its copy is published', () => it.copies.length > 0);
      expect(it.copies).toMatchObject([
        {
          topic: 'placed.dlq',
          key: 'b',
          value: message('b', 1).value,
          headers: {
            ...message('b', 1).headers,
            dlq_reason: 'RangeError',
            dlq_detail: 'not b',
            dlq_topic: 'placed',
            dlq_partition: '0',
            dlq_offset: '1',
          },
        },
      ]);

      // It comes again, while it is broken and after: nothing is applied twice, and no second letter is written.
      await it.deliver(message('b', 1), message('b', 2), message('a', 1));
      expect(await ops.letters()).toHaveLength(1);
      await ops.wish('redrive');
      await until('the redrive fails', async () => (await ops.audit()).includes('redrive failed'));
      expect(await ops.letters()).toMatchObject([{ state: 'waiting', attempts: 3 }]);
      broken = false;
      await ops.wish('redrive');
      await until('b goes on', async () => (await effectsOf(effects))['b']?.length === 3);
      expect(await effectsOf(effects)).toEqual({ a: [1, 2], b: [1, 2, 3], c: [1], d: [1] });
      expect(await ops.letters()).toMatchObject([{ state: 'redriven' }]);
      expect(await ops.audit()).toEqual(['redrive wished', 'redrive failed', 'redrive wished', 'redriven']);
      await it.deliver(message('b', 1), message('b', 3));
      expect(await effectsOf(effects)).toEqual({ a: [1, 2], b: [1, 2, 3], c: [1], d: [1] });
    });

    test('told so, its successors go on, and a redrive applies it alone, once', async () => {
      const it = await start({ mishap, onPoison: 'successors go on' });
      await it.deliver(message('a', 1), message('b', 1));
      await it.deliver(message('b', 2));
      expect(await effectsOf(effects)).toEqual({ a: [1], b: [2] });
      broken = false;
      await ops.wish('redrive');
      await until('it is redriven', async () => (await ops.letters())[0]?.['state'] === 'redriven');
      await it.deliver(message('b', 1), message('b', 2), message('b', 3));
      expect(await effectsOf(effects)).toEqual({ a: [1], b: [2, 1, 3] });
    });

    test('and a moment later does not: it is applied, and is no dead letter', async () => {
      const it = await start({
        mishap: (event) => {
          if (tries > 0) broken = false;
          return mishap(event);
        },
        retry: { attempts: 3, backoff: { baseMs: 1, capMs: 1 } },
      });
      await it.deliver(message('a', 1), message('b', 1));
      expect(await effectsOf(effects)).toEqual({ a: [1], b: [1] });
      expect(await ops.letters()).toEqual([]);
    });

    test('a discard lets its successors go on without it', async () => {
      const it = await start({ mishap });
      await it.deliver(message('b', 1), message('b', 2));
      await ops.wish('discard');
      await until('b goes on', async () => (await effectsOf(effects))['b']?.length === 1);
      await it.deliver(message('b', 1), message('b', 2), message('b', 3));
      expect(await effectsOf(effects)).toEqual({ b: [2, 3] });
    });

    test('an effect that the database refuses is the event’s fault too', async () => {
      const refused = { attempts: 1, backoff: { baseMs: 1, capMs: 1 } };
      const it = await start({ retry: refused });
      await query(effects.database, 'superuser', `alter table effect add constraint no_b check (key <> 'b')`);
      try {
        await it.deliver(message('a', 1), message('b', 1), message('c', 1));
      } finally {
        await query(effects.database, 'superuser', 'alter table effect drop constraint no_b');
      }
      expect(await effectsOf(effects)).toEqual({ a: [1], c: [1] });
      expect(await ops.letters()).toMatchObject([{ key: 'b', reason: '23514' }]);
    });
  });

  describe('given a failure that no event is the cause of', () => {
    test.each([
      ['a lost connection', 'select pg_terminate_backend(pg_backend_pid())'],
      ['a missing table', 'insert into nowhere values (1)'],
      ['a missing right', 'delete from inbox_dead_letter'],
    ])('%s: nothing is a dead letter, the batch comes again', async (_what, statement) => {
      const it = await start();
      const broken = await start({
        mishap: async () => {
          const found = await query(
            effects.database,
            'superuser',
            `select pid from pg_stat_activity where usename = 'waybill_sales' and state = 'idle in transaction'
               and datname = current_database()`,
          );
          if (statement.includes('terminate')) {
            for (const { pid } of found) {
              await query(effects.database, 'superuser', 'select pg_terminate_backend($1)', [pid]);
            }
            throw new Error('the connection is gone');
          }
          await query(effects.database, 'waybill_sales', statement);
        },
      });
      await expect(broken.deliver(message('a', 1), message('b', 1))).rejects.toBeInstanceOf(Error);
      expect(broken.reported).toEqual([]);
      expect(await ops.letters()).toEqual([]);
      expect(await effectsOf(effects)).toEqual({});
      await it.deliver(message('a', 1), message('b', 1));
      expect(await effectsOf(effects)).toEqual({ a: [1], b: [1] });
      expect(it.reported).toEqual([1n]);
    });
  });

  test('a message that does not say which event it is is a dead letter at once; redriven, it takes its place', async () => {
    const it = await start();
    const { headers, ...rest } = message('a', 1);
    await it.deliver({ ...rest, headers: {} }, message('b', 1));
    await it.deliver({ ...rest, headers: {} }, { ...rest, key: 'a\0', value: null, headers, offset: 9n });
    await it.deliver(message('c', 1, { value: Buffer.from([0, 255, 0]) }));
    expect(await effectsOf(effects)).toEqual({ a: [1], b: [1], c: [1] });
    expect(await ops.letters()).toMatchObject([{ key: null, reason: 'inbox-envelope-unreadable' }]);
    expect(it.alarms).toMatchObject([{ kind: 'unreadable', offset: 1n }]);
    await ops.wish('redrive');
    await until('the redrive fails', async () => (await ops.audit()).includes('redrive failed'));
    expect(await ops.letters()).toMatchObject([{ state: 'waiting' }]);
  });

  describe('given a message that could not be read at first', () => {
    const mending = () => {
      let state: 'broken' | 'mended' = 'broken';
      const readEnvelope: Changes['readEnvelope'] = (message) => {
        if (state === 'broken' && message.offset === 9n) throw new Error('not yet');
        return readCloudEvent(message);
      };
      return {
        readEnvelope,
        mend: () => {
          state = 'mended';
        },
      };
    };
    const late = message('a', 1, { offset: 9n, value: Buffer.from('{"other":true}'), epoch: 1 });

    test('and contradicts what was applied: redriven, it waits again and its key can be freed', async () => {
      const { mend, ...reading } = mending();
      const it = await start(reading);
      await it.deliver(message('a', 1), late);
      mend();
      await ops.wish('redrive');
      await until(
        'its key stands',
        async () => (await ops.letters())[0]?.['reason'] === 'inbox-event-diverged',
      );
      expect(await ops.letters()).toMatchObject([{ key: 'a', version: 1, state: 'waiting' }]);
      await ops.wish('discard');
      await until('it is discarded', async () => (await ops.letters())[0]?.['state'] === 'discarded');
      await it.deliver(message('a', 2));
      expect(await effectsOf(effects)).toEqual({ a: [1, 2] });
    });

    test('and was overtaken: redriven, it waits and says why', async () => {
      const { mend, ...reading } = mending();
      const it = await start({ ...reading, order: 'per-topic' });
      await it.deliver(late, message('a', 5, { topic: 'placed' }));
      mend();
      await ops.wish('redrive');
      await until('the redrive fails', async () => (await ops.audit()).includes('redrive failed'));
      expect(await ops.letters()).toMatchObject([{ reason: 'inbox-event-overtaken', state: 'waiting' }]);
    });
  });

  describe('given events that come before the ones before them', () => {
    const anHourPasses = () =>
      query(
        effects.database,
        'superuser',
        `update inbox_early set received_at = received_at - interval '1 hour'`,
      );

    test('an hour before: that is an alarm once, shows, blocks nobody, and they are applied after them', async () => {
      const it = await start();
      const gaps = () => it.consumer.status().stored?.gaps;
      await it.deliver(message('a', 2), message('b', 1));
      await until('it is kept', () => it.consumer.status().stored?.kept === 1);
      expect([gaps(), it.alarms]).toEqual([{ open: 0, oldest: [] }, []]);
      await anHourPasses();
      await until('the alarm', () => it.alarms.length > 0);
      expect(gaps()).toMatchObject({ open: 1, oldest: [{ key: 'a', appliedVersion: 0, waitingVersion: 2 }] });
      const since = Date.parse(gaps()?.oldest[0]?.since ?? '');
      expect(Date.now() - since).toBeGreaterThanOrEqual(3_600_000);
      await it.deliver(message('b', 2));
      await it.deliver(message('a', 1));
      await until('the gap is closed', () => gaps()?.open === 0);
      expect(it.alarms).toMatchObject([{ kind: 'gaps', open: 1, oldest: [{ key: 'a' }] }]);
      expect(await effectsOf(effects)).toEqual({ a: [1, 2], b: [1, 2] });
    });

    test('of more keys than are named: all of them count', async () => {
      const it = await start();
      const keys = Array.from({ length: 25 }, (_, i) => `k${i + 10}`);
      await it.deliver(...keys.map((key) => message(key, 2)));
      await anHourPasses();
      await until('the alarm', () => it.alarms.length > 0);
      expect(it.consumer.status().stored?.gaps).toMatchObject({ open: 25, oldest: { length: 20 } });
      expect(it.alarms).toMatchObject([{ kind: 'gaps', open: 25, oldest: { length: 20 } }]);
    });
  });

  describe('given a source that was restored and tells another history', () => {
    const other = { value: Buffer.from('{"other":true}'), epoch: 1 };

    test.each([
      ['redrive', { a: [1, 1, 2], b: [1, 2] }],
      ['discard', { a: [1, 2], b: [1, 2] }],
    ] as const)('the key stops, others go on, and a %s decides', async (wish, expected) => {
      const it = await start();
      await it.deliver(message('a', 1), message('b', 1));
      await it.deliver(message('a', 1, other), message('a', 2), message('b', 2));
      expect(await effectsOf(effects)).toEqual({ a: [1], b: [1, 2] });
      expect(it.alarms).toMatchObject([{ kind: 'diverged', event: { key: 'a', version: 1, epoch: 1 } }]);
      await until('it shows', () => it.consumer.status().stored?.stopped.length === 1);
      await ops.wish(wish);
      await until('a goes on', async () => (await effectsOf(effects))['a']?.includes(2) === true);
      // Both come again, as after a crash: what was decided stays decided.
      await it.deliver(message('a', 1), message('a', 1, other));
      expect(await effectsOf(effects)).toEqual(expected);
      expect(await ops.letters()).toMatchObject([{ state: wish === 'redrive' ? 'redriven' : 'discarded' }]);
    });

    test('both stories in one delivery that fails at first: the newer one discarded, the first is applied', async () => {
      let failures = 0;
      const it = await start({
        mishap: () => {
          failures += 1;
          if (failures === 1) throw new Error('not at first');
        },
      });
      await it.deliver(message('a', 1), message('a', 1, other), message('a', 2));
      await until('it shows', () => it.consumer.status().stored?.stopped.length === 1);
      await ops.wish('discard');
      await until('a goes on', async () => (await effectsOf(effects))['a']?.includes(2) === true);
      expect(await effectsOf(effects)).toEqual({ a: [1, 2] });
    });
  });

  test('per topic, any version above the last is applied, and behind a poison the topic’s later ones wait', async () => {
    let broken = true;
    const it = await start({
      order: 'per-topic',
      mishap: ({ version }) => {
        if (version === 4 && broken) throw new Error('no');
      },
    });
    await it.deliver(message('a', 2), message('a', 1));
    await it.deliver(message('a', 4), message('a', 7), message('a', 6));
    expect(await effectsOf(effects)).toEqual({ a: [2, 1] });
    broken = false;
    await ops.wish('redrive');
    await until('a goes on', async () => (await effectsOf(effects))['a']?.length === 5);
    expect(await effectsOf(effects)).toEqual({ a: [2, 1, 4, 6, 7] });
  });

  test('a marker moves the gate and has no effect, whatever comes after it', async () => {
    const it = await start();
    const marker = message('a', 2, { value: null });
    const headers = { ...marker.headers, ce_type: 'waybill.event.discarded.v1' };
    await it.deliver(message('a', 1), { ...marker, headers }, message('a', 3));
    await it.deliver({ ...marker, headers });
    expect(await effectsOf(effects)).toEqual({ a: [1, 3] });
  });

  test('a wish whose failure is not its event’s holds up neither another wish nor copies nor the status', async () => {
    let broken = true;
    const it = await start({
      mishap: ({ key }) => {
        if (broken) throw new Error('not yet');
        if (key === 'a') throw Object.assign(new Error('not now'), { code: '55P03' });
      },
      retry: { attempts: 1, backoff: { baseMs: 1, capMs: 1 } },
    });
    await it.deliver(message('a', 1), message('b', 1));
    broken = false;
    await ops.wish('redrive');
    await until('b is redriven', async () => (await effectsOf(effects))['b']?.length === 1);
    await until('both copies are published', () => it.copies.length === 2);
    await until('it shows', () => it.consumer.status().stored?.stopped.length === 1);
    expect(await ops.letters()).toMatchObject([
      { key: 'a', state: 'waiting' },
      { key: 'b', state: 'redriven' },
    ]);
  });

  test('a copy that Kafka did not acknowledge is published again, and never counted as published', async () => {
    let refusals = 0;
    let acknowledges = false;
    const it = await start({
      parse: () => {
        throw new SyntaxError('no JSON');
      },
      publish: async () => {
        if (acknowledges) return;
        refusals += 1;
        throw new Error('not acknowledged');
      },
    });
    await it.deliver(message('a', 1));
    const copied = () => query(effects.database, 'waybill_ops', 'select copied_at from ops_dead_letters');
    await until('it was refused twice', () => refusals >= 2);
    expect([await copied(), it.copies]).toEqual([[{ copied_at: null }], []]);
    acknowledges = true;
    await until('it is published', () => it.copies.length === 1);
    await until('that is noted', async () => (await copied())[0]?.['copied_at'] !== null);
    expect(it.copies).toMatchObject([{ topic: 'placed.dlq', headers: { dlq_reason: 'SyntaxError' } }]);
  });

  test('copies that Kafka refuses, however many, hold up no other', async () => {
    const it = await start({
      parse: () => {
        throw new SyntaxError('no JSON');
      },
      publish: async ({ key }) => {
        if (key.startsWith('large')) throw new Error('too large');
      },
    });
    const large = Array.from({ length: 4 }, (_, i) => message(`large ${i}`, 1, { offset: BigInt(i) }));
    await it.deliver(...large);
    await it.deliver(message('small', 1, { offset: 9n }));
    await until('the small one is published', () => it.copies.length > 0);
    expect(it.copies).toMatchObject([{ key: 'small' }]);
  });

  test('a copy that Kafka never answers does not keep the consumer from stopping', async () => {
    const asked = Promise.withResolvers<void>();
    await using it = await feed(kind, effects, {
      parse: () => {
        throw new SyntaxError('no JSON');
      },
      publish: () => {
        asked.resolve();
        return new Promise(() => undefined);
      },
    });
    await it.deliver(message('a', 1));
    await asked.promise;
    expect(it.copies).toEqual([]);
  });

  test('a handler that does not return is seen to stand still, and one that fails again and again is not', async () => {
    const letGo = Promise.withResolvers<void>();
    let hangs = true;
    const it = await start({
      mishap: async () => {
        if (!hangs) throw Object.assign(new Error('not now'), { code: '55P03' });
        await letGo.promise;
      },
    });
    const age = () => it.consumer.status().progressAgeMs;
    const delivered = it.deliver(message('a', 1));
    await until('it stands still', () => age() > 500);
    hangs = false;
    letGo.resolve();
    await delivered;
    for (let time = 0; time < 3; time += 1)
      await expect(it.deliver(message('b', 1))).rejects.toThrow('the handler failed');
    await until('it came on', () => age() < 500);
  });

  test('what a crash left ready goes on without a new event', async () => {
    const asOwner = (text: string) => query(effects.database, 'superuser', text);
    await asOwner(`insert into inbox_gate (consumer_group, key, version, payload_hash)
                   values ('g', 'a', 1, '\\x00')`);
    await asOwner(`insert into inbox_early (consumer_group, key, topic, version, epoch, payload, headers)
                   values ('g', 'a', 'cancelled', 2, 0, '{}', '{}')`);
    await start();
    await until('it goes on', async () => (await effectsOf(effects))['a']?.length === 1);
    expect(await effectsOf(effects)).toEqual({ a: [2] });
  });
});
