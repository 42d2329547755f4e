import { expect, it } from 'vitest';
import { readRecords } from '../checker/index.ts';
import { relayBench, until } from '../relay/bench.ts';
import { pendingEvents, plant } from '../relay/outbox-rows.ts';
import { changesSaid } from './history.ts';

it.each([
  ['an operator raises the epoch', `select outbox_raise_epoch('kim', 'restored the volume')`],
  // Only the first connection of all finds another timeline.
  [
    'another relay has noticed a failover first',
    `update outbox_source set timeline = timeline + 1; select outbox_confirm_source()`,
  ],
])('given that %s: a relay forgets what it remembers, says so and publishes on', async (_what, statement) => {
  await using bench = await relayBench(1);
  const running = bench.startRelay();
  const published = async (key: string): Promise<void> => {
    await plant(bench.admin, bench.topic, 1, [{ key, version: 1 }]);
    running.relay.ring();
    await until(`${key} is published`, async () => (await pendingEvents(bench.admin)) === 0);
  };
  await published('before');
  const grant = await bench.admin.query('select lease_epoch from outbox_lane');

  await bench.admin.query(statement);
  await until('the relay says it', () => changesSaid(running).length > 0);
  await until('it works again', () => running.relay.status.state === 'running');
  await published('after');

  expect(changesSaid(running)).toEqual(['epoch raised']);
  const regrant = await bench.admin.query('select lease_epoch from outbox_lane');
  expect(Number(regrant.rows[0].lease_epoch)).toBeGreaterThan(Number(grant.rows[0].lease_epoch));
  const records = await readRecords(bench.brokers, [bench.topic]);
  const epochs = records.map(({ headers }) => headers.find(([name]) => name === 'ce_epoch')?.[1].toString());
  expect(epochs).toEqual(['1', '2']);
});
