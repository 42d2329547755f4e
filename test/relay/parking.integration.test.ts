/** One file for all that is done about one bad event: the cases share a broker that refuses, and what is asked of it. */
import { describe, expect, it } from 'vitest';
import { type PublishBatch, PublishError } from '@waybill/outbox';
import { countDuplicates, judge, readOutbox, readRecords } from '../checker/index.ts';
import { type RelayBench, relayBench, until } from './bench.ts';
import { intercept } from './intercept.ts';
import { type PlantedEvent, plant } from './outbox-rows.ts';

const BAD = JSON.stringify({ bad: true });
const isBad = ({ messages }: PublishBatch) => messages.some(({ value }) => value === BAD);

/** A broker that refuses every batch with a bad event in it, until it is told to take them. */
function refusing(code = 'INVALID_RECORD') {
  const broker = { refuses: true, refused: 0 };
  const through = intercept({
    before(batch) {
      if (!broker.refuses || !isBad(batch)) return;
      broker.refused += 1;
      throw new PublishError('planted', 'answered', code);
    },
  });
  return { broker, through };
}

const NEVER = { baseMs: 3_600_000, capMs: 3_600_000 };

async function counts(bench: RelayBench): Promise<{ pending: number; parked: number }> {
  const { rows } = await bench.admin.query<{ pending: number; parked: number }>(`
    select (select count(*) from outbox)::int - parked.count
             - (select count(distinct seq) from outbox_progress, unnest(seqs) seq)::int as pending, parked.count as parked
    from (select count(*)::int from outbox_parked) parked`);
  return rows[0] ?? { pending: -1, parked: -1 };
}

async function settled(bench: RelayBench, parked: number): Promise<void> {
  await until(`${parked} are parked and nothing is pending`, async () => {
    const now = await counts(bench);
    return now.pending === 0 && now.parked === parked;
  });
}

async function wish(bench: RelayBench, kind: 'redrive' | 'discard', key: string): Promise<void> {
  await bench.admin.query(
    `select outbox_wish(lane, array_agg(seq), $1, 'tester', 'because') from outbox_parked where key = $2 group by lane`,
    [kind, key],
  );
}

async function verdict(bench: RelayBench) {
  const records = await readRecords(bench.brokers, [bench.topic]);
  const broken = judge({ ...(await readOutbox(bench.database.urlFor('superuser'))), records });
  return { broken, duplicates: countDuplicates(records).total, records };
}

async function parkedKeys(bench: RelayBench): Promise<string[]> {
  const { rows } = await bench.admin.query<{ name: string }>(
    `select key || ':' || version || ' ' || reason || ' ' || attempts as name from outbox_parked order by seq`,
  );
  return rows.map(({ name }) => name);
}

async function stateOf(bench: RelayBench, key: string): Promise<(string | null)[]> {
  const { rows } = await bench.admin.query<{ state: string; reason: string | null }>(
    'select state, reason from outbox_delivery($1)',
    [key],
  );
  return rows.map(({ state, reason }) => (reason === null ? state : `${state} ${reason}`));
}

/** Versions 1 … n of each key, interleaved; those named are refused. */
function history(keys: number, versions: number, bad: readonly string[]): PlantedEvent[] {
  return Array.from({ length: versions }, (_, at) => at + 1).flatMap((version) =>
    Array.from({ length: keys }, (_, at) => `k${at}`).map((key) => ({
      key,
      version,
      ...(bad.includes(`${key}:${version}`) ? { payload: BAD } : {}),
    })),
  );
}

describe('an event that the broker refuses', () => {
  it('is parked with the later ones of its key, and every other event flows', async () => {
    await using bench = await relayBench(2);
    const { through, broker } = refusing();
    const running = bench.startRelay({ through, settings: { parkedRetry: NEVER } });
    await plant(bench.admin, bench.topic, 2, history(20, 10, ['k3:4', 'k7:1', 'k7:6']));
    await settled(bench, 7 + 10);
    await plant(bench.admin, bench.topic, 2, [
      { key: 'k3', version: 11 },
      { key: 'k5', version: 11 },
    ]);
    await settled(bench, 8 + 10);
    expect((await parkedKeys(bench)).slice(0, 3)).toEqual([
      'k7:1 INVALID_RECORD 1',
      'k7:2 PREDECESSOR_PARKED 0',
      'k7:3 PREDECESSOR_PARKED 0',
    ]);
    expect((await stateOf(bench, 'k3')).slice(2, 5)).toEqual([
      'published',
      'parked INVALID_RECORD',
      'parked PREDECESSOR_PARKED',
    ]);
    expect(running.events.filter(({ type }) => type === 'event-parked')).toHaveLength(2);
    expect(running.events.filter(({ type }) => type === 'lane-backing-off')).toEqual([]);
    const before = await verdict(bench);
    expect(before.duplicates).toBe(0);
    expect(before.broken).toEqual([]);

    broker.refuses = false;
    await wish(bench, 'redrive', 'k3');
    await settled(bench, 10);
    await wish(bench, 'redrive', 'k7');
    await settled(bench, 0);
    const after = await verdict(bench);
    expect(after.broken).toEqual([]);
    expect(after.duplicates).toBe(0);
    expect(new Set(await stateOf(bench, 'k7'))).toEqual(new Set(['published']));
    await plant(bench.admin, bench.topic, 2, [{ key: 'k7', version: 11 }]);
    await settled(bench, 0);
  });

  it('is tried again in time, alone, without holding anybody up, and counts only refusals as attempts', async () => {
    await using bench = await relayBench(1);
    const { broker } = refusing();
    let isAway = false;
    let outages = 0;
    bench.startRelay({
      settings: {
        parkedRetry: { baseMs: 60, capMs: 60 },
        heartbeatMs: 30,
        laneBackoff: { baseMs: 5, capMs: 10 },
      },
      through: intercept({
        before(batch) {
          if (isAway) {
            outages += 1;
            throw new PublishError('planted', 'answered', 'NOT_ENOUGH_REPLICAS');
          }
          if (!broker.refuses || !isBad(batch)) return;
          broker.refused += 1;
          throw new PublishError('planted', 'answered', 'MESSAGE_TOO_LARGE');
        },
      }),
    });
    await plant(bench.admin, bench.topic, 1, history(3, 3, ['k1:2']));
    await settled(bench, 2);
    await until(
      'it was tried again',
      async () => (await parkedKeys(bench))[0] === 'k1:2 MESSAGE_TOO_LARGE 4',
    );
    isAway = true;
    await until('the outage is met', () => outages >= 5);
    const attempts = await parkedKeys(bench);
    await until('it goes on', () => outages >= 15);
    expect(await parkedKeys(bench)).toEqual(attempts);
    isAway = false;
    broker.refuses = false;
    await settled(bench, 0);
    expect((await verdict(bench)).broken).toEqual([]);
  });

  it('stays the first of its key after a restore, where what was published before it comes once more', async () => {
    await using bench = await relayBench(1);
    const { through, broker } = refusing();
    const settings = { parkedRetry: NEVER, heartbeatMs: 30 };
    const before = bench.startRelay({ through, settings });
    const late = await bench.admin.connect();
    await late.query('begin');
    await plant(late, bench.topic, 1, [{ key: 'late', version: 1 }]);
    await plant(bench.admin, bench.topic, 1, history(1, 3, ['k0:2']));
    await until(
      'k0:1 is published, the others are parked',
      async () => (await parkedKeys(bench)).length === 2,
    );
    await before.stop();
    await late.query('commit');
    late.release();
    await bench.admin.query(`update outbox_source set system_identifier = 'another'`);
    const sent = async () =>
      (await verdict(bench)).records.map(({ headers }) =>
        headers.find(([name]) => name === 'ce_id')?.[1].toString(),
      );

    broker.refuses = false;
    bench.startRelay({ through, settings });
    await settled(bench, 2);
    expect(await parkedKeys(bench)).toEqual(['k0:2 INVALID_RECORD 1', 'k0:3 PREDECESSOR_PARKED 0']);
    expect((await stateOf(bench, 'k0'))[0]).toBe('published');
    expect(await sent()).toEqual(['k0:1', 'late:1', 'k0:1']);
    await bench.admin.query(
      `update outbox_parked set next_attempt_at = now() where next_attempt_at is not null`,
    );
    await settled(bench, 0);
    expect(await sent()).toEqual(['k0:1', 'late:1', 'k0:1', 'k0:2', 'k0:3']);
  });

  it('is replaced by a marker with its id and version when an operator discards it', async () => {
    await using bench = await relayBench(1);
    const { through } = refusing();
    bench.startRelay({ through, settings: { parkedRetry: NEVER } });
    await plant(bench.admin, bench.topic, 1, history(2, 3, ['k0:2']));
    await settled(bench, 2);
    const { rows } = await bench.admin.query(`select lane, seq from outbox_parked order by seq limit 1`);
    await bench.admin.query(
      `select outbox_wish($1, array[$2::bigint], 'discard', 'tester', 'nobody can read it')`,
      [rows[0].lane, rows[0].seq],
    );
    await settled(bench, 0);
    const { broken, records } = await verdict(bench);
    expect(broken).toEqual([]);
    const own = records.filter(({ key }) => key?.toString() === 'k0');
    const header = (index: number, name: string) =>
      own[index]?.headers.find(([found]) => found === name)?.[1].toString();
    expect(own).toHaveLength(3);
    expect(own[1]?.value?.length ?? 0).toBe(0);
    expect(header(1, 'ce_id')).toBe('k0:2');
    expect(header(1, 'ce_orderversion')).toBe('2');
    expect(header(1, 'ce_type')).toBe('waybill.event.discarded.v1');
    expect(header(2, 'ce_id')).toBe('k0:3');
    const audit = await bench.admin.query(`select action from outbox_audit order by id`);
    expect(audit.rows.map(({ action }) => action)).toEqual(['discard', 'discarded', 'published']);
  });

  it('is one whose headers cannot be encoded', async () => {
    await using bench = await relayBench(1);
    bench.startRelay({ settings: { parkedRetry: NEVER } });
    await plant(bench.admin, bench.topic, 1, history(4, 1, []));
    await bench.admin.query(
      `insert into outbox (lane, topic, key, version, type, payload, headers)
       select lane, topic, 'odd', 1, 't', '{}', '{"ce_id": 7}' from outbox_lane`,
    );
    await plant(bench.admin, bench.topic, 1, [{ key: 'k0', version: 2 }]);
    await settled(bench, 1);
    expect(await parkedKeys(bench)).toEqual(['odd:1 INVALID_EVENT 1']);
  });

  it('is known to the next owner of its lane', async () => {
    await using bench = await relayBench(1);
    const { through } = refusing();
    const first = bench.startRelay({ through, settings: { parkedRetry: NEVER } });
    await plant(bench.admin, bench.topic, 1, history(2, 2, ['k1:1']));
    await settled(bench, 2);
    await first.stop();
    await plant(bench.admin, bench.topic, 1, [
      { key: 'k0', version: 3 },
      { key: 'k1', version: 3 },
    ]);
    bench.startRelay({ settings: { parkedRetry: NEVER } });
    await settled(bench, 3);
    expect(await stateOf(bench, 'k0')).toEqual(['published', 'published', 'published']);
    await wish(bench, 'redrive', 'k1');
    await settled(bench, 0);
    expect(await verdict(bench)).toMatchObject({ broken: [], duplicates: 0 });
  });

  it('never is one that met an outage, whatever kind and however long', async () => {
    await using bench = await relayBench(1);
    const outages = [
      'NOT_LEADER_OR_FOLLOWER',
      'NOT_ENOUGH_REPLICAS',
      'UNKNOWN_TOPIC_OR_PARTITION',
      'TOPIC_AUTHORIZATION_FAILED',
      'THROTTLING_QUOTA_EXCEEDED',
      'CORRUPT_MESSAGE',
      'INVALID_TIMESTAMP',
      'KAFKA_ERROR_999',
      'CLIENT_FAILED',
    ];
    const asked = { times: 0 };
    const rounds = 10;
    const running = bench.startRelay({
      settings: { laneBackoff: { baseMs: 2, capMs: 4 }, parkedRetry: { baseMs: 1, capMs: 1 } },
      through: intercept({
        before() {
          const code = outages[Math.floor(asked.times / rounds)];
          asked.times += 1;
          if (code !== undefined) throw new PublishError('planted', 'answered', code);
        },
      }),
    });
    await plant(bench.admin, bench.topic, 1, history(5, 5, []));
    await settled(bench, 0);
    expect(asked.times).toBeGreaterThan(outages.length * rounds);
    expect(running.events.map(({ type }) => type)).not.toContain('event-parked');
    expect(await verdict(bench)).toMatchObject({ broken: [], duplicates: 0 });
  });

  it('leaves a wish that came during a vain try for the next one', async () => {
    await using bench = await relayBench(1);
    let isRetry = false;
    let wished = false;
    bench.startRelay({
      settings: { parkedRetry: { baseMs: 60, capMs: 60 }, heartbeatMs: 30 },
      through: intercept({
        async before(batch) {
          if (!isBad(batch)) return;
          if (isRetry && !wished) {
            wished = true;
            await wish(bench, 'discard', 'k0');
          }
          throw new PublishError('planted', 'answered', 'INVALID_RECORD');
        },
      }),
    });
    await plant(bench.admin, bench.topic, 1, history(1, 2, ['k0:1']));
    await settled(bench, 2);
    isRetry = true;
    await settled(bench, 0);
    const { rows } = await bench.admin.query(`select action from outbox_audit where version = 1 order by id`);
    expect(rows.map(({ action }) => action)).toEqual(['discard', 'discarded']);
  });

  it('goes with all that waits behind it, in order, however much that is', async () => {
    await using bench = await relayBench(1);
    const { broker, through } = refusing();
    bench.startRelay({ through, settings: { parkedRetry: NEVER, limits: { rows: 20, bytes: 700_000 } } });
    await plant(bench.admin, bench.topic, 1, history(1, 150, ['k0:1', 'k0:90']));
    await settled(bench, 150);
    broker.refuses = false;
    const { rows } = await bench.admin.query('select lane, min(seq) as seq from outbox_parked group by lane');
    await bench.admin.query(`select outbox_wish($1, array[$2::bigint], 'redrive', 'tester', 'mended')`, [
      rows[0].lane,
      rows[0].seq,
    ]);
    await settled(bench, 0);
    expect(await verdict(bench)).toMatchObject({ broken: [], duplicates: 0 });
  });
});

it('sends smaller batches where a topic takes no large ones, instead of being refused each time', async () => {
  await using bench = await relayBench(1);
  let refused = 0;
  const sizes: number[] = [];
  bench.startRelay({
    through: intercept({
      before({ messages }) {
        const size = messages.reduce((sum, { value }) => sum + value.length, 0);
        if (size <= 20_000) return void sizes.push(size);
        refused += 1;
        throw new PublishError('planted', 'answered', 'MESSAGE_TOO_LARGE');
      },
    }),
  });
  const payload = JSON.stringify('x'.repeat(400));
  for (let version = 1; version <= 3; version += 1) {
    const events = Array.from({ length: 500 }, (_, at) => ({ key: `k${at}`, version, payload }));
    await plant(bench.admin, bench.topic, 1, events);
  }
  await settled(bench, 0);
  expect(sizes.length).toBeGreaterThan(30);
  expect(refused).toBeLessThan(10);
  expect(await verdict(bench)).toMatchObject({ broken: [], duplicates: 0 });
});
