import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { advanceLanes } from '../relay/advance-lanes.sql.ts';
import { BatchReader } from '../relay/batch-reader.ts';
import { type Cursor, plan } from '../relay/cursor.ts';
import { dropOldDays } from './drop-old-days.ts';
import { createOldDays, type OldDays, type OpenTransaction, partitionOfDay } from './old-days.fixture.ts';
import { insertWaitsBesideOpenWriter } from './open-writer.fixture.ts';

it('given a writer that is held open for 60 s while retention runs every few ms: no insert waits over 200 ms', async () => {
  await using days = await createOldDays();
  await days.makeDay(9);
  const { longestMs, inserts, rounds, dropped, afterwards } = await insertWaitsBesideOpenWriter(days, 60_000);
  process.stderr.write(
    `${inserts} inserts beside ${rounds} rounds of retention, the longest ${longestMs.toFixed(1)} ms\n`,
  );
  expect(longestMs).toBeLessThan(200);
  expect(dropped).toEqual([partitionOfDay('outbox_progress', 9)]);
  expect(afterwards.dropped).toEqual([partitionOfDay('outbox', 9)]);
});

it('given a million published events of an old day, of which there are no statistics: no insert waits over 200 ms while it is dropped', async () => {
  await using days = await createOldDays();
  await days.makeDay(9);
  await days.admin.query(
    `insert into outbox (lane, topic, key, version, type, payload, headers, created_at)
     select 1 + n % 16, 'order_placed', 'k' || n, 1, 't', repeat('x', 400), '{}', now() - interval '9 days'
     from generate_series(1, 1000000) n`,
  );
  await days.admin.query(
    `insert into outbox_progress (lane, position, snapshot, floor, log_generation, base_offset, first_seq, last_seq, seqs, published_at)
     select lane, max(seq), pg_current_snapshot(), 0, 0, 500 * batch, min(seq), max(seq), array_agg(seq order by seq), now() - interval '9 days'
     from (select lane, seq, (row_number() over (partition by lane order by seq) - 1) / 500 as batch from outbox) numbered
     group by lane, batch order by lane, batch`,
  );
  // Open throughout, and in nobody's way: it has not looked at the outbox.
  await using bystander = await days.begin();
  await bystander.client.query('select pg_current_xact_id()');

  const from = performance.now();
  let isDropping = true;
  const dropping = dropInTheEnd(days).finally(() => {
    isDropping = false;
  });
  let longestMs = 0;
  while (isDropping) {
    const begun = performance.now();
    await days.write(1, 0);
    longestMs = Math.max(longestMs, performance.now() - begun);
  }
  const dropped = await dropping;
  process.stderr.write(
    `a million events dropped in ${(performance.now() - from).toFixed(0)} ms, the longest insert beside it ${longestMs.toFixed(0)} ms\n`,
  );
  expect(longestMs).toBeLessThan(200);
  expect(dropped).toEqual([partitionOfDay('outbox', 9), partitionOfDay('outbox_progress', 9)]);
});

/**
 * Retention as the relay runs it: autovacuum looks at so many new rows for a while and holds the partition, which a
 * round leaves for the next one.
 */
async function dropInTheEnd(days: OldDays): Promise<string[]> {
  const dropped: string[] = [];
  for (;;) {
    const round = await dropOldDays(days.relay, 7);
    dropped.push(...round.dropped);
    if (!round.isWorthRetrying) return dropped;
    await delay(200);
  }
}

/** A lane's cycles one by one: an event is committed, then read and its progress appended, and only these are timed. */
async function cyclesOf(days: OldDays): Promise<() => Promise<number>> {
  await days.admin.query('update outbox_lane set lease_epoch = 1');
  const states = await days.admin.query(
    'select position, snapshot::text, floor from outbox_lane_states() where lane = 1',
  );
  const { position, snapshot, floor } = states.rows[0];
  let cursor: Cursor = { position: BigInt(position), snapshot, floor: BigInt(floor), drain: null };
  let lateBefore: string | null = null;
  let baseOffset = 0n;
  const reader = new BatchReader(days.relay);
  return async () => {
    await days.write(1, 0);
    const from = performance.now();
    const read = (
      await reader.read(new Map([[1, { ...cursor, lateBefore }]]), { rows: 500, bytes: 700_000 })
    ).get(1);
    const [step] = read === undefined ? [] : plan(cursor, read).steps;
    if (step === undefined) throw new Error('the event was not found');
    const { kind, next } = step;
    const receipt = { baseOffset, seqs: step.rows.map(({ seq }) => seq) };
    const committed = await advanceLanes(days.relay, [
      { lane: 1, leaseEpoch: 1n, logGeneration: 0, kind, next, lateBefore: null, receipt, ackAgeMs: 0 },
    ]);
    cursor = next;
    lateBefore = committed.get(1) ?? null;
    baseOffset += 1n;
    return performance.now() - from;
  };
}

/** A transaction with an id that has seen the outbox, and keeps what it saw from being cleaned up. */
async function heldOpen(days: OldDays): Promise<OpenTransaction> {
  const open = await days.begin();
  await open.client.query('set transaction isolation level repeatable read');
  await open.client.query('select pg_current_xact_id()');
  await open.client.query('select from outbox');
  return open;
}

it('given a transaction that is held open: after 20,000 cycles one costs what it does at the start', async () => {
  await using used = await createOldDays();
  await using usedOpen = await heldOpen(used);
  const oneOfMany = await cyclesOf(used);
  for (let cycle = 0; cycle < 20_000; cycle += 1) await oneOfMany();

  // A start beside the end, turn by turn, so that both meet the same machine.
  await using fresh = await createOldDays();
  await using freshOpen = await heldOpen(fresh);
  const oneOfFew = await cyclesOf(fresh);
  const ratios: number[] = [];
  for (let block = 0; block < BLOCKS; block += 1) {
    const atStart: number[] = [];
    const atEnd: number[] = [];
    for (let cycle = 0; cycle < 50; cycle += 1) {
      atStart.push(await oneOfFew());
      atEnd.push(await oneOfMany());
    }
    ratios.push(medianOf(atEnd) / medianOf(atStart));
  }
  await Promise.all([usedOpen.commit(), freshOpen.commit()]);
  const each = ratios.map((ratio) => ratio.toFixed(2)).join(', ');
  process.stderr.write(`a cycle at the end ÷ one at the start, by block: ${each}\n`);
  expect(medianOf(ratios), `by block: ${each}`).toBeLessThan(1.2);
}, 1_200_000);

/** So many that a burst of other work on the machine spoils few of them. */
const BLOCKS = 20;

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
