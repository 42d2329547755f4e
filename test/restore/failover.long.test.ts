import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type RunningRelay, until } from '../relay/bench.ts';
import { beginHistory, changesSaid, eventsNamed, type History } from './history.ts';
import { movingAddress } from './moving-address.ts';
import { baseBackup, type OwnCluster, startCluster } from './own-cluster.ts';

/** A standby of the history's cluster that has everything. */
async function standbyOf(history: History): Promise<OwnCluster> {
  await baseBackup(history.first, history.place('standby'), 'standby');
  const standby = await history.own(startCluster(history.place('standby')));
  await until('the standby follows', async () => {
    const { rows } = await history.first.admin.query('select state from pg_stat_replication');
    return rows[0]?.state === 'streaming';
  });
  return standby;
}

async function promote(standby: OwnCluster): Promise<void> {
  await standby.admin.query('select pg_promote(true, 60)');
}

function waitsForPrimary({ relay, events }: RunningRelay): boolean {
  const isSaid = events.some(
    (event) =>
      event.type === 'session-ended' && event.error instanceof Error && event.error.name === 'StandbyError',
  );
  return isSaid && relay.status.state === 'waiting for the database';
}

it('given a primary that dies under load and a standby that has all it confirmed: a relay that waits there goes on', async () => {
  await using history = await beginHistory(4);
  const { first } = history;
  const standby = await standbyOf(history);
  await first.admin.query(`alter system set synchronous_standby_names = '*'`);
  await first.admin.query('select pg_reload_conf()');
  await until('commits wait for the standby', async () => {
    const { rows } = await first.admin.query('select sync_state from pg_stat_replication');
    return rows[0]?.sync_state === 'sync' || rows[0]?.sync_state === 'quorum';
  });
  history.relayOn(first.urlFor('waybill_relay'));
  const waiting = history.relayOn(standby.urlFor('waybill_relay'));
  await until('the relay at the standby waits', () => waitsForPrimary(waiting));

  let version = 0;
  const isDead = new AbortController();
  const writing = (async () => {
    while (!isDead.signal.aborted) {
      version += 1;
      await history.write(first, eventsNamed('k', 50, version)).catch(() => isDead.abort());
    }
  })();
  await delay(2_000);
  first.server.signal('SIGKILL');
  await first.server.exited;
  await writing;
  await promote(standby);
  await history.write(standby, eventsNamed('after', 50));
  await history.allPublished(standby);

  const { problems, duplicates } = await history.judged(standby, []);
  expect(problems).toEqual([]);
  // One batch in flight of each lane.
  for (const repeated of duplicates.perPartition.values()) expect(repeated).toBeLessThanOrEqual(500);
  expect(changesSaid(waiting)).toEqual(['other timeline']);
  const source = await standby.admin.query('select epoch, reason from outbox_source');
  expect(source.rows).toEqual([{ epoch: 2, reason: 'other timeline' }]);
});

it('given a standby behind by some events that is promoted, and seen first by another relay: nothing written there is skipped', async () => {
  await using history = await beginHistory(1);
  const { first } = history;
  const standby = await standbyOf(history);
  await using address = await movingAddress(first.server.port);
  const url = new URL(first.urlFor('waybill_relay'));
  url.port = String(address.port);
  const relay = history.relayOn(url.href);
  await history.write(first, eventsNamed('known', 20));
  await history.allPublished(first);
  await until('the standby has it', async () => {
    const { rows } = await first.admin.query(
      'select replay_lsn >= pg_current_wal_lsn() as is_there from pg_stat_replication',
    );
    return rows[0]?.is_there === true;
  });
  await standby.admin.query(`alter system set primary_conninfo = ''`);
  await standby.admin.query('select pg_reload_conf()');
  await until('the standby follows no more', async () => {
    return (await standby.admin.query('select from pg_stat_wal_receiver')).rowCount === 0;
  });

  // A transaction each: the relay's position and its snapshot's xmax run ahead of all that the standby knows.
  for (const event of eventsNamed('gone', 150)) await history.write(first, [event]);
  await history.allPublished(first);
  await promote(standby);
  const other = await standby.admin.query('select change from outbox_confirm_source()');
  expect(other.rows).toEqual([{ change: 'other timeline' }]);
  address.moveTo(standby.server.port);
  for (const event of eventsNamed('new', 60)) await history.write(standby, [event]);
  await history.allPublished(standby);

  const { problems, duplicates } = await history.judged(standby, ['inventedEvents']);
  expect(problems).toEqual([]);
  expect(duplicates.total).toBeLessThanOrEqual(20);
  expect(changesSaid(relay)).toEqual(['epoch raised']);
});
