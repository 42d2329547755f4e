import path from 'node:path';
import { type Diagnosis, defaultDoctorLimits, examine } from '@waybill/outbox/operations';
import { expect, it } from 'vitest';
import { until } from '../../../../test/relay/bench.ts';
import { baseBackup, makeSchema, startCluster } from '../../../../test/restore/own-cluster.ts';
import { temporaryFolder } from '../../../../test/servers/temporary-folder.ts';
import { openDatabase } from '../database/operator-database.ts';

/** What doctor finds in a database while Kafka is not there. */
async function doctorAt(url: string): Promise<Diagnosis> {
  await using database = await openDatabase(url);
  return await examine(
    {
      database,
      describeBroker: async () => ({ state: 'unreachable', place: 'broker', code: 'ECONNREFUSED' }),
      readDisks: async () => ({ disks: [], unchecked: [] }),
      now: Date.now,
    },
    [],
    defaultDoctorLimits,
    new AbortController().signal,
  );
}

const causesOf = ({ findings }: Diagnosis) => findings.map(({ cause }) => cause);

it('given a database that is a standby, doctor names that and nothing that follows from it, until it is promoted', async () => {
  await using folder = temporaryFolder();
  const place = (name: string) => path.join(folder.path, name);
  await using primary = await startCluster(place('primary'));
  await makeSchema(primary, 'doctored', 2);
  await baseBackup(primary, place('standby'), 'standby');
  await using standby = await startCluster(place('standby'));

  const found = await doctorAt(standby.urlFor('waybill_ops'));
  expect(found).toEqual({
    findings: [
      {
        cause: 'DATABASE_STANDBY',
        subject: 'database',
        what: expect.stringContaining('in recovery'),
        remedy: expect.stringContaining('Promote it'),
      },
    ],
    unchecked: [],
  });
  expect(causesOf(await doctorAt(primary.urlFor('waybill_ops')))).not.toContain('DATABASE_STANDBY');

  await standby.admin.query('select pg_promote(true, 60)');
  await until('it is no standby any more', async () => {
    const { rows } = await standby.admin.query('select pg_is_in_recovery() as is_standby');
    return rows[0]?.is_standby === false;
  });
  expect(causesOf(await doctorAt(standby.urlFor('waybill_ops')))).toContain('KAFKA_UNREACHABLE');
});
