import { appendFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { until } from '../relay/bench.ts';
import { beginHistory, changesSaid, eventsNamed } from './history.ts';
import { baseBackup, handToServer, startCluster } from './own-cluster.ts';

it('given a base backup recovered to an earlier point: what that point had not published is, and nothing endlessly', async () => {
  await using history = await beginHistory(4);
  const { first } = history;
  await first.admin.query(`alter system set wal_keep_size = '1GB'`);
  await first.admin.query('select pg_reload_conf()');
  const early = history.relayOn(first.urlFor('waybill_relay'));
  await history.write(first, eventsNamed('before', 100));
  await history.allPublished(first);
  const data = await baseBackup(first, history.place('restored'), 'backup');
  await history.write(first, eventsNamed('between', 50));
  await history.allPublished(first);
  await early.stop();

  // Committed at the point, and published only after it.
  await history.write(first, eventsNamed('pending', 30));
  await first.admin.query(`select pg_create_restore_point('here')`);
  const late = history.relayOn(first.urlFor('waybill_relay'));
  await history.write(first, eventsNamed('undone', 60));
  await history.allPublished(first);
  await late.stop();
  await first.admin.query('select pg_switch_wal()');
  await first.server.stop();

  const archive = path.join(first.data, 'pg_wal');
  appendFileSync(
    path.join(data, 'postgresql.auto.conf'),
    `restore_command = 'cp "${archive}/%f" "%p"'\nrecovery_target_name = 'here'\nrecovery_target_action = 'promote'\n`,
  );
  writeFileSync(path.join(data, 'recovery.signal'), '');
  handToServer(data);
  const restored = await history.own(startCluster(history.place('restored')));
  await until('the recovery has ended', async () => {
    const { rows } = await restored.admin.query('select pg_is_in_recovery() as recovering');
    return rows[0].recovering === false;
  });

  const relay = history.relayOn(restored.urlFor('waybill_relay'));
  await history.write(restored, eventsNamed('after', 40));
  await history.allPublished(restored);
  await history.write(restored, eventsNamed('later', 10));
  await history.allPublished(restored);

  // What was undone is in Kafka and nowhere else: no restore can call it back.
  const { problems, duplicates, records } = await history.judged(restored, ['inventedEvents']);
  expect(problems).toEqual([]);
  expect([...duplicates.perKey.keys()].toSorted()).toEqual(
    eventsNamed('pending', 30)
      .map(({ key }) => key)
      .toSorted(),
  );
  expect(records).toBe(100 + 50 + 30 + 60 + 30 + 40 + 10);
  expect(changesSaid(relay)).toEqual(['other timeline']);
  const source = await restored.admin.query('select epoch, reason from outbox_source');
  expect(source.rows).toEqual([{ epoch: 2, reason: 'other timeline' }]);
});
