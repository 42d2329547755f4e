import { expect, inject, it } from 'vitest';
import { readRecords } from '../checker/index.ts';
import { plant } from '../relay/outbox-rows.ts';
import { beginHistory, changesSaid, eventsNamed } from './history.ts';
import { dumpInto, makeDatabases, startCluster } from './own-cluster.ts';

it('given a dump after an event committed behind the cursor, restored into a new cluster: it is published, and one more than once', async () => {
  await using history = await beginHistory(1);
  const { first, topic } = history;
  const before = history.relayOn(first.urlFor('waybill_relay'));
  await history.write(first, eventsNamed('past', 300));
  await history.allPublished(first);

  // A takes its number, B commits the next one, the relay reads B, A commits, and nobody reads until the dump.
  const a = await first.admin.connect();
  await a.query('begin');
  await plant(a, topic, 1, [{ key: 'a', version: 1 }]);
  await history.write(first, [{ key: 'b', version: 1 }]);
  await history.allPublished(first);
  await before.stop();
  await a.query('commit');
  a.release();

  const restored = await history.own(startCluster(history.place('restored')));
  await makeDatabases(restored);
  await dumpInto(first, history.place('waybill.sql'), restored);
  // The API is quicker than the relay.
  await history.write(restored, eventsNamed('quick', 20));
  const relays = [1, 2].map(() => history.relayOn(restored.urlFor('waybill_relay')));
  await history.allPublished(restored);
  await history.write(restored, eventsNamed('next', 50));
  await history.allPublished(restored);

  // An event that was proven published by its receipt, though not by a snapshot, has two of them: it was sent twice.
  const { problems, duplicates, records } = await history.judged(restored, ['wrongReceipts']);
  expect(problems).toEqual([]);
  expect(Object.fromEntries(duplicates.perKey)).toEqual({ b: 1 });
  expect(records).toBe(300 + 2 + 20 + 50 + 1);

  expect(relays.flatMap(changesSaid)).toContain('other cluster');
  const source = await restored.admin.query('select epoch, reason from outbox_source');
  expect(source.rows).toEqual([{ epoch: 2, reason: 'other cluster' }]);
  const epochs = (await readRecords(inject('servers').kafkaBrokers, [topic])).map(
    ({ key, headers }) =>
      `${key?.toString().split('-')[0]} ${headers.find(([name]) => name === 'ce_epoch')?.[1].toString()}`,
  );
  expect([...new Set(epochs)]).toEqual(['past 1', 'b 1', 'a 2', 'b 2', 'quick 2', 'next 2']);
  const delivery = await restored.admin.query(
    `select state, "offset" from outbox_delivery('a') union all select state, "offset" from outbox_delivery('b')`,
  );
  expect(delivery.rows).toEqual([
    { state: 'published', offset: '301' },
    { state: 'published', offset: '302' },
  ]);
});
