import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RoleName } from '../../../../infra/postgres/roles.ts';
import { createOrderDatabase, type TestDatabase } from '../../../../test/servers/databases.ts';

let database: TestDatabase;
const clients = new Map<string, pg.Client>();

beforeAll(async () => {
  database = await createOrderDatabase();
});

afterAll(async () => {
  await Promise.all([...clients.values()].map((client) => client.end()));
  await database[Symbol.asyncDispose]();
});

async function as(role: RoleName | 'superuser'): Promise<pg.Client> {
  const known = clients.get(role);
  if (known !== undefined) return known;
  const client = new pg.Client({ connectionString: database.urlFor(role) });
  await client.connect();
  clients.set(role, client);
  return client;
}

const insert = `insert into outbox (lane, topic, key, version, type, payload, headers) values (1, 'order_placed', $1, $2, 't', '{}', '{}')`;
describe('outbox_confirm_source', () => {
  it('says "same" on the cluster that the cursor was made on', async () => {
    const { rows } = await (await as('waybill_relay')).query('select * from outbox_confirm_source()');
    expect(rows).toEqual([{ epoch: 1, change: 'same' }]);
  });

  it('raises the epoch on another timeline and leaves cursors and leases alone', async () => {
    const superuser = await as('superuser');
    const before = await superuser.query('select lane, lease_epoch from outbox_lane order by lane');
    await superuser.query('update outbox_source set timeline = timeline + 1');
    const relay = await as('waybill_relay');
    const first = await relay.query('select * from outbox_confirm_source()');
    const second = await relay.query('select * from outbox_confirm_source()');
    expect(first.rows).toEqual([{ epoch: 2, change: 'other timeline' }]);
    expect(second.rows).toEqual([{ epoch: 2, change: 'same' }]);
    const after = await superuser.query('select lane, lease_epoch from outbox_lane order by lane');
    expect(after.rows).toEqual(before.rows);
  });

  it('rebases every lane on another cluster to what its old snapshot proves, and ends all leases', async () => {
    const superuser = await as('superuser');
    // Seq a is published by the snapshot, b committed after it, c lies beyond the position.
    await superuser.query(`delete from outbox where lane = 1`);
    const plant = `insert into outbox (lane, topic, key, version, type, payload, headers)
                   values (1, 'order_placed', $1, 1, 't', '{}', '{}') returning seq`;
    const a = await superuser.query(plant, ['a']);
    const { rows: at } = await superuser.query('select pg_current_snapshot()::text as snapshot');
    const b = await superuser.query(plant, ['b']);
    const c = await superuser.query(plant, ['c']);
    await superuser.query(
      `insert into outbox_progress (lane, position, snapshot, floor, log_generation) values (1, $1, $2, 0, 3)`,
      [b.rows[0].seq, at[0].snapshot],
    );
    await superuser.query(`update outbox_source set system_identifier = 'another'`);

    const { rows } = await (await as('waybill_relay')).query('select * from outbox_confirm_source()');

    expect(rows).toEqual([{ epoch: 3, change: 'other cluster' }]);
    const progress = await superuser.query(
      'select position, floor, late_after, log_generation from outbox_progress where lane = 1 order by id desc limit 1',
    );
    expect(progress.rows).toEqual([
      {
        position: String(BigInt(b.rows[0].seq) - 1n),
        floor: c.rows[0].seq,
        late_after: null,
        log_generation: 3,
      },
    ]);
    expect(BigInt(a.rows[0].seq)).toBeLessThan(BigInt(b.rows[0].seq));
    const leases = await superuser.query('select distinct owner from outbox_lane');
    expect(leases.rows).toEqual([{ owner: null }]);
    const epochs = await superuser.query('select min(lease_epoch)::int as least from outbox_lane');
    expect(epochs.rows).toEqual([{ least: 1 }]);
  });

  it('rebases a lane that has nothing but its checkpoint, and lets no number be given out again', async () => {
    const superuser = await as('superuser');
    const position = `(select position from outbox_lane_states() where lane = 2)`;
    await superuser.query(
      `update outbox_lane l set checkpoint = s.state || '{"position": "5000", "snapshot": "900:900:"}'
       from outbox_lane_states() s where s.lane = 2 and l.lane = 2`,
    );
    await superuser.query(`delete from outbox_progress where lane = 2`);
    await superuser.query(
      `insert into outbox_relay values (gen_random_uuid(), 'the old one', now(), now() + interval '1 hour')`,
    );
    await superuser.query(`update outbox_source set system_identifier = 'yet another'`);
    await (await as('waybill_relay')).query('select * from outbox_confirm_source()');
    const state = await superuser.query(
      `select position, snapshot::text <> '900:900:' as anew, progress_id is not null as appended from outbox_lane_states() where lane = 2`,
    );
    expect(state.rows).toEqual([{ position: '5000', anew: true, appended: true }]);
    expect((await superuser.query('select from outbox_relay')).rowCount).toBe(0);
    await (await as('waybill_api')).query(insert.replace('(1,', '(2,'), ['after', 1]);
    const next = await superuser.query(`select seq > ${position} as beyond from outbox where key = 'after'`);
    expect(next.rows).toEqual([{ beyond: true }]);
  });
});

describe('outbox_raise_epoch', () => {
  it('raises it by one for an operator who says why, and keeps who it was', async () => {
    const ops = await as('waybill_ops');
    const before = await ops.query('select epoch from outbox_source');
    await expect(ops.query(`select outbox_raise_epoch('kim', ' ')`)).rejects.toThrow(
      /who asks for it and why/,
    );
    const { rows } = await ops.query(
      `select outbox_raise_epoch('kim', 'restored the volume of Monday') as epoch`,
    );
    expect(rows).toEqual([{ epoch: before.rows[0].epoch + 1 }]);
    const source = await ops.query('select epoch, reason from outbox_source');
    expect(source.rows).toEqual([
      { epoch: rows[0].epoch, reason: 'raised by an operator: restored the volume of Monday' },
    ]);
    const audit = await ops.query(
      `select actor, action, reason, details from outbox_audit where action = 'raise epoch'`,
    );
    expect(audit.rows).toEqual([
      {
        actor: 'kim',
        action: 'raise epoch',
        reason: 'restored the volume of Monday',
        details: { epoch: rows[0].epoch },
      },
    ]);
  });
});
