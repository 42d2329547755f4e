import pg from 'pg';
import { expect, it } from 'vitest';
import { createOrderDatabase } from '../../../../test/servers/databases.ts';
import { cancelReplay, readNewestReplays, requestReplays } from './replays.sql.ts';

it('keeps who asked for a replay and why, and who took it back and why, once', async () => {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createOrderDatabase());
  const ops = new pg.Pool({ connectionString: database.urlFor('waybill_ops'), max: 1 });
  stack.defer(() => ops.end());
  const { rows: lanes } = await ops.query<{ lane: number; topic: string }>(
    'select lane, topic from outbox_lane order by lane limit 1',
  );
  const { lane = 0, topic = '' } = lanes[0] ?? {};
  const selection = { lane, topic, events: 3, firstSeq: 10n, lastSeq: 20n, perSecond: 50 };

  const [id = 0n] = await requestReplays(
    ops,
    [selection],
    { key: 'k1' },
    {
      actor: 'kim',
      reason: 'a consumer lost them',
    },
  );
  expect(await cancelReplay(ops, id, { actor: 'robin', reason: 'it found them' })).toBe(true);
  expect(await cancelReplay(ops, id, { actor: 'kim', reason: 'it was mine' })).toBe(false);

  const { rows } = await ops.query(
    'select actor, action, lane, topic, key, reason, details from outbox_audit order by id',
  );
  expect(rows).toEqual([
    {
      actor: 'kim',
      action: 'replay',
      lane,
      topic,
      key: 'k1',
      reason: 'a consumer lost them',
      details: { id: Number(id), from_seq: 10, to_seq: 20, per_second: 50 },
    },
    {
      actor: 'robin',
      action: 'cancel replay',
      lane,
      topic: null,
      key: null,
      reason: 'it found them',
      details: { id: Number(id) },
    },
  ]);
});

it('asks for the replays of all lanes, or, where one is refused, for none', async () => {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createOrderDatabase());
  const ops = new pg.Pool({ connectionString: database.urlFor('waybill_ops'), max: 1 });
  stack.defer(() => ops.end());
  const mandate = { actor: 'kim', reason: 'a consumer lost them' };
  const wanted = [1, 2, 3].map((lane) => ({
    lane,
    topic: 't',
    events: 3,
    firstSeq: BigInt(lane),
    lastSeq: 20n,
    perSecond: lane * 10,
  }));
  const refused = wanted.map((lane, at) => (at === 2 ? { ...lane, lane: 999 } : lane));

  await expect(requestReplays(ops, refused, {}, mandate)).rejects.toThrow(/there is no lane 999/);
  expect(await readNewestReplays(ops, 10)).toEqual([]);

  const ids = await requestReplays(ops, wanted, {}, mandate);
  expect((await readNewestReplays(ops, 10)).toReversed()).toMatchObject(
    wanted.map(({ lane, firstSeq, perSecond }, at) => ({
      id: ids[at],
      lane,
      fromSeq: firstSeq,
      toSeq: 20n,
      perSecond,
    })),
  );
});
