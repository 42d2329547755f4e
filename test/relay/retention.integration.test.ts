import { expect, it } from 'vitest';
import { judge, readOutbox, readRecords } from '../checker/index.ts';
import { asMigrator, relayBench, type RunningRelay, until } from './bench.ts';
import { pendingEvents, plant } from './outbox-rows.ts';

/** Upkeep all the time. */
const settings = { upkeepEveryMs: 100, upkeepRetryMs: 100 };

function namesSaid(running: RunningRelay, type: 'days-dropped' | 'days-kept'): string[] {
  return running.events.flatMap((event) =>
    event.type !== type
      ? []
      : event.partitions.map((each) =>
          typeof each === 'string' ? each : `${each.partition}: ${each.reason}`,
        ),
  );
}

it('given old days: the relay drops them once they are published, says it once, and an idle lane goes on where it stood', async () => {
  await using bench = await relayBench(1);
  const first = bench.startRelay();
  await plant(bench.admin, bench.topic, 1, [{ key: 'a', version: 1 }]);
  await until('it is published', async () => (await pendingEvents(bench.admin)) === 0);
  await first.stop();
  // What was today is ten days ago from here on: its rows move with their partitions' bounds.
  const old = `(now() at time zone 'UTC')::date - 10`;
  await asMigrator(
    bench.database,
    `select outbox_make_partition(p, ${old}) from unnest(array['outbox', 'outbox_progress']) p`,
  );
  await bench.admin.query(`update outbox set created_at = created_at - interval '10 days'`);
  await bench.admin.query(`update outbox_progress set published_at = published_at - interval '10 days'`);
  await bench.admin.query(
    `insert into outbox (lane, topic, key, version, type, payload, headers, created_at)
     values (30000, 'nobody', 'stray', 1, 't', '{}', '{}', now() - interval '10 days')`,
  );

  const second = bench.startRelay({ settings });
  await until('it says what is kept', () => namesSaid(second, 'days-kept').length > 0);
  const { rows } = await bench.admin.query(`select to_char(${old}, '"outbox_p"YYYYMMDD') as day`);
  expect(namesSaid(second, 'days-kept')[0]).toBe(`${rows[0].day}: events of lanes that no topic has`);
  await bench.admin.query('delete from outbox where lane = 30000');
  await until('both days are dropped', () => namesSaid(second, 'days-dropped').length === 2);
  await second.stop();
  const left = await bench.admin.query('select from outbox_progress');
  expect(left.rowCount).toBe(0);

  const third = bench.startRelay({ settings });
  await plant(bench.admin, bench.topic, 1, [{ key: 'a', version: 2 }]);
  third.relay.ring();
  await until('it is published', async () => (await pendingEvents(bench.admin)) === 0);
  const records = await readRecords(bench.brokers, [bench.topic]);
  expect(records.length).toBe(2);
  const problems = judge({ ...(await readOutbox(bench.database.urlFor('superuser'))), records });
  // Version 1 is in Kafka and in no day of the outbox any more.
  expect(problems.filter((problem) => !problem.startsWith('inventedEvents: 1'))).toEqual([]);
  expect(namesSaid(third, 'days-kept')).toEqual([]);
});
