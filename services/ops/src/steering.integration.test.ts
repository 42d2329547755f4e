/**
 * What operators change, against a relay that works. One file, because all of it is done to one outbox, whose order and
 * receipts are judged at the end.
 */
import { type PublishBatch, PublishError } from '@waybill/outbox';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countDuplicates, judge, readOutbox, readRecords } from '../../../test/checker/index.ts';
import { type RelayBench, relayBench, until } from '../../../test/relay/bench.ts';
import { intercept } from '../../../test/relay/intercept.ts';
import { plant } from '../../../test/relay/outbox-rows.ts';
import { type Outcome, parsed, run } from './command-line/run.fixture.ts';

const BAD = JSON.stringify({ bad: true });
const broker = { refuses: true };
const refusing = intercept({
  before({ messages }: PublishBatch) {
    if (broker.refuses && messages.some(({ value }) => value === BAD)) {
      throw new PublishError('planted', 'answered', 'MESSAGE_TOO_LARGE');
    }
  },
});

let bench: RelayBench;

beforeAll(async () => {
  bench = await relayBench(2);
  // Nothing is tried again but what an operator asks for.
  bench.startRelay({ through: refusing, settings: { parkedRetry: { baseMs: 3_600_000, capMs: 3_600_000 } } });
  await until('the relay holds every lane', async () => {
    const { rows } = await bench.admin.query('select from outbox_lane where owner is null');
    return rows.length === 0;
  });
});

afterAll(() => bench[Symbol.asyncDispose]());

const waybill = (...args: string[]): Promise<Outcome> =>
  run(args, {
    environment: { WAYBILL_DATABASE_URL: bench.database.urlFor('waybill_ops'), USER: 'olga' },
  });

/** What a command answered with --json. */
async function answerOf(...args: string[]): Promise<unknown> {
  const [answer] = parsed(await waybill(...args, '--json'));
  return answer;
}

async function statesOf(key: string): Promise<string[]> {
  const { rows } = await bench.admin.query('select state from outbox_delivery($1)', [key]);
  return rows.map(({ state }) => state);
}

/** An event that is refused and those behind it, parked. */
async function parkKey(key: string, versions: number): Promise<{ lane: number; seq: string }[]> {
  const events = Array.from({ length: versions }, (_, at) => ({ key, version: at + 1 }));
  await plant(
    bench.admin,
    bench.topic,
    2,
    events.map((event) => (event.version === 1 ? { ...event, payload: BAD } : event)),
  );
  const parked = async () => {
    const { rows } = await bench.admin.query(
      'select lane, seq::text from outbox_parked where key = $1 order by seq',
      [key],
    );
    return rows;
  };
  await until(`all of ${key} are parked`, async () => (await parked()).length === versions);
  return parked();
}

/** Bytes of each record of a key in Kafka; a marker has none. */
async function sizesOf(key: string): Promise<number[]> {
  const records = await readRecords(bench.brokers, [bench.topic]);
  return records
    .filter((record) => record.key?.toString() === key)
    .map(({ value }) => value?.byteLength ?? 0);
}

async function audited(action: string): Promise<unknown[]> {
  const { rows } = await bench.admin.query(
    'select actor, reason, topic from outbox_audit where action = $1 order by id',
    [action],
  );
  return rows;
}

describe('waybill pause and resume', () => {
  test('hold a topic’s lanes back, and say when its relays know', async () => {
    const paused = await answerOf('pause', '--topic', bench.topic, '--reason', 'maintenance');
    expect(paused).toEqual({ action: 'pause', lanes: [expect.any(Number), expect.any(Number)], notYet: [] });
    await plant(bench.admin, bench.topic, 2, [{ key: 'held back', version: 1 }]);
    expect(await audited('pause')).toEqual([
      { actor: expect.stringMatching(/^olga@/), reason: 'maintenance', topic: bench.topic },
      { actor: expect.stringMatching(/^olga@/), reason: 'maintenance', topic: bench.topic },
    ]);
    const again = await waybill('pause', '--all', '--reason', 'maintenance');
    expect(again).toMatchObject({ exitCode: 0, out: 'Nothing to do: all of them are paused.\n' });
    expect(await statesOf('held back')).toEqual(['pending']);

    const resumed = await waybill('resume', '--all', '--reason', 'done', '--actor', 'otto');
    expect(resumed).toMatchObject({ exitCode: 0, err: '' });
    expect(resumed.out).toMatch(/^2 lanes resumed: \d+, \d+\. The relays know\.\n$/);
    await until('the event is published', async () => (await statesOf('held back'))[0] === 'published');
    expect(await audited('resume')).toEqual([
      { actor: 'otto', reason: 'done', topic: bench.topic },
      { actor: 'otto', reason: 'done', topic: bench.topic },
    ]);
  });

  test.each([
    ['a lane that does not exist', ['--lane', '999'], 1, /NOT_FOUND.*no lane 999/],
    ['a topic that does not exist', ['--topic', 'nowhere'], 1, /NOT_FOUND.*topic nowhere/],
    ['nothing', [], 2, /USAGE.*one of --all, --topic and --lane/],
    ['two things', ['--all', '--lane', '1'], 2, /USAGE/],
  ])('refuse %s', async (_, args, exitCode, error) => {
    const outcome = await waybill('pause', ...args, '--reason', 'why', '--json');
    expect(outcome).toMatchObject({ exitCode, out: '' });
    expect(outcome.err).toMatch(error);
  });

  test('refuse without a reason', async () => {
    expect(await waybill('pause', '--all')).toMatchObject({
      exitCode: 2,
      err: expect.stringMatching(/--reason/),
    });
    expect(await waybill('pause', '--all', '--reason', ' ')).toMatchObject({ exitCode: 2 });
  });
});

describe('waybill parked', () => {
  test('shows what was refused, redrives it in order, and says what was refused again', async () => {
    await plant(bench.admin, bench.topic, 2, [
      { key: 'big', version: 1, payload: BAD },
      { key: 'big', version: 2 },
      { key: 'big', version: 3 },
    ]);
    await until('all three are parked', async () => String(await statesOf('big')) === 'parked,parked,parked');

    const list = await answerOf('parked', 'list', '--because', 'MESSAGE_TOO_LARGE');
    expect(list).toEqual([
      expect.objectContaining({
        key: 'big',
        version: 1,
        reason: 'MESSAGE_TOO_LARGE',
        attempts: 1,
        behind: 2,
      }),
    ]);
    expect(await answerOf('parked', 'list', '--key', 'other')).toEqual([]);
    const { rows } = await bench.admin.query(
      `select lane, seq from outbox_parked where key = 'big' order by seq`,
    );
    const [head, follower] = rows;
    expect(await answerOf('parked', 'show', `${head.lane}`, `${follower.seq}`)).toEqual({
      event: expect.objectContaining({ version: 2, reason: 'PREDECESSOR_PARKED' }),
      key: [1, 2, 3].map((version) => expect.objectContaining({ version })),
    });
    const text = await waybill('parked', 'show', `${head.lane}`, `${follower.seq}`);
    expect(text.out).toContain(`It waits behind seq ${head.seq}, which is redriven first.`);

    const dry = await answerOf('parked', 'redrive', '--key', 'big', '--reason', 'fixed');
    expect(dry).toMatchObject({ wish: 'redrive', dryRun: true, events: [{ version: 1, wish: null }] });
    expect(await audited('redrive')).toEqual([]);

    const refused = await waybill(
      'parked',
      'redrive',
      '--key',
      'big',
      '--reason',
      'fixed',
      '--yes',
      '--json',
    );
    expect(refused.exitCode).toBe(1);
    expect(parsed(refused)).toEqual([
      {
        wish: 'redrive',
        dryRun: false,
        outcomes: [expect.objectContaining({ state: 'refused again' })],
        more: false,
      },
    ]);
    const wrong = await waybill(
      'parked',
      'redrive',
      `${head.lane}`,
      `${follower.seq}`,
      '--reason',
      'x',
      '--yes',
    );
    expect(wrong.err).toMatch(/waits behind seq/);

    broker.refuses = false;
    const done = await waybill('parked', 'redrive', '--all', '--reason', 'limit raised', '--yes');
    broker.refuses = true;
    expect(done).toMatchObject({ exitCode: 0, out: '1 event published.\n' });
    await until(
      'those behind it follow',
      async () => String(await statesOf('big')) === 'published,published,published',
    );
    expect(await audited('redrive')).toHaveLength(2);
    expect((await waybill('parked', 'list')).out).toBe('Nothing is parked.\n');
  });

  test('discards, with a marker in its place, and with those behind it where asked', async () => {
    await plant(bench.admin, bench.topic, 2, [
      { key: 'junk', version: 1, payload: BAD },
      { key: 'junk', version: 2 },
    ]);
    await until('both are parked', async () => String(await statesOf('junk')) === 'parked,parked');
    const done = await answerOf(
      'parked',
      'discard',
      '--key',
      'junk',
      '--with-followers',
      '--reason',
      'test data',
      '--yes',
    );
    expect(done).toEqual({
      wish: 'discard',
      dryRun: false,
      outcomes: [
        expect.objectContaining({ state: 'discarded' }),
        expect.objectContaining({ state: 'discarded' }),
      ],
      more: false,
    });
    expect(await sizesOf('junk')).toEqual([0, 0]);
  });

  test('discards all of a key that was meant, however few may go in a second', async () => {
    await parkKey('much junk', 5);
    const done = await waybill(
      'parked',
      'discard',
      '--key',
      'much junk',
      '--with-followers',
      '--per-second',
      '2',
      '--reason',
      'test data',
      '--yes',
    );
    expect(done).toMatchObject({ exitCode: 0, out: '5 events discarded.\n' });
    expect(await sizesOf('much junk')).toEqual([0, 0, 0, 0, 0]);
  });

  test('discards one and those behind it, by its place', async () => {
    const [, second] = await parkKey('rear', 3);
    const [lane, seq] = [String(second?.lane), String(second?.seq)];
    const dry = await answerOf('parked', 'discard', lane, seq, '--with-followers', '--reason', 'which');
    expect(dry).toMatchObject({ dryRun: true, events: [{ version: 2 }, { version: 3 }], more: false });
    const alone = await answerOf('parked', 'discard', lane, seq, '--reason', 'which');
    expect(alone).toMatchObject({ dryRun: true, events: [{ version: 2 }] });
    await answerOf('parked', 'discard', '--key', 'rear', '--with-followers', '--reason', 'away', '--yes');
  });

  test('tells what became of an event that another operator wished otherwise', async () => {
    await parkKey('disputed', 1);
    await answerOf('pause', '--all', '--reason', 'so that nothing is carried out yet');
    const discarding = waybill('parked', 'discard', '--key', 'disputed', '--reason', 'junk', '--yes');
    await until('the first wish is there', async () => {
      const { rows } = await bench.admin.query(`select from outbox_parked where wish = 'discard'`);
      return rows.length === 1;
    });
    broker.refuses = false;
    const redriving = waybill('parked', 'redrive', '--key', 'disputed', '--reason', 'no junk', '--yes');
    await until('the second one is', async () => {
      const { rows } = await bench.admin.query(`select from outbox_parked where wish = 'redrive'`);
      return rows.length === 1;
    });
    await answerOf('resume', '--all', '--reason', 'go on');
    expect(await redriving).toMatchObject({ exitCode: 0, out: '1 event published.\n' });
    broker.refuses = true;
    expect(await discarding).toMatchObject({
      exitCode: 1,
      out: expect.stringMatching(/^0 events discarded\.\nNot discarded but published: lane \d+ seq \d+\. /),
    });
  });

  test('says when more keys fit than one run takes', async () => {
    await bench.admin.query(
      `insert into outbox_parked (lane, seq, topic, key, version, type, payload, headers, created_at, reason, attempts)
       select lane, 1000000 + n, topic, 'full ' || n, 1, 't', '{}', '{}', now(), 'FULL', 1
       from (select lane, topic from outbox_lane limit 1) lane, generate_series(1, 10001) n`,
    );
    const dry = await answerOf('parked', 'redrive', '--because', 'FULL', '--reason', 'which');
    expect(dry).toMatchObject({ events: { length: 10_000 }, more: true });
    const text = await waybill('parked', 'redrive', '--because', 'FULL', '--reason', 'which');
    expect(text.out).toMatch(/\nThat is 10000 keys; more fit, which the next run takes\.\n$/);
    const { rowCount } = await bench.admin.query(`delete from outbox_parked where reason = 'FULL'`);
    expect(rowCount).toBe(10_001);
  });

  test('asks for no more of them in a second than it may', async () => {
    const keys = ['r1', 'r2', 'r3', 'r4', 'r5'];
    await plant(
      bench.admin,
      bench.topic,
      2,
      keys.map((key) => ({ key, version: 1, payload: BAD })),
    );
    await until('all are parked', async () => {
      const states = await Promise.all(keys.map(statesOf));
      return states.every(([state]) => state === 'parked');
    });
    // Of those that it does not come to in time, nobody refused any.
    const cutOff = await answerOf(
      'parked',
      'redrive',
      '--all',
      '--per-second',
      '1',
      '--wait',
      '1s',
      '--reason',
      'in vain',
      '--yes',
    );
    const waiting = { state: 'waiting' };
    expect(cutOff).toMatchObject({ outcomes: [{}, {}, waiting, waiting, waiting] });

    const done = await answerOf(
      'parked',
      'discard',
      '--all',
      '--per-second',
      '2',
      '--reason',
      'slowly',
      '--yes',
    );
    expect(done).toMatchObject({ outcomes: keys.map(() => ({ state: 'discarded' })) });
    const { rows } = await bench.admin.query(
      `select extract(epoch from at - min(at) over ())::float8 as after from outbox_audit
       where reason = 'slowly' order by at`,
    );
    const after = rows.map((row) => Number(row.after));
    expect(after).toHaveLength(5);
    // Two at once, two a second later, and the last one.
    expect(after[1]).toBeLessThan(0.9);
    expect(after[2]).toBeGreaterThan(0.9);
    expect(after[4]).toBeGreaterThan(1.8);
  });

  test.each([
    ['nothing said', [], 2],
    ['a lane without a seq', ['1'], 2],
    ['all and a filter', ['--all', '--key', 'k'], 2],
    ['what is not parked', ['1', '999'], 1],
    ['a lane beyond all numbers of lanes', ['3000000000', '1'], 1],
  ])('refuses %s', async (_, args, exitCode) => {
    const outcome = await waybill('parked', 'discard', ...args, '--reason', 'why', '--yes');
    expect(outcome).toMatchObject({ exitCode, out: '' });
    expect(outcome.err).toMatch(/^[^\n]+\n$/);
  });
});

describe('waybill replay', () => {
  test('counts first, then publishes again, marked', async () => {
    await plant(bench.admin, bench.topic, 2, [
      { key: 'once more', version: 1 },
      { key: 'once more', version: 2 },
    ]);
    await until(
      'both are published',
      async () => String(await statesOf('once more')) === 'published,published',
    );
    const before = await readRecords(bench.brokers, [bench.topic]);

    const dry = await answerOf('replay', 'start', '--order', 'once more', '--reason', 'projection lost it');
    expect(dry).toMatchObject({ dryRun: true, plan: { events: 2, lanes: [{ events: 2, perSecond: 100 }] } });
    const done = await answerOf(
      'replay',
      'start',
      '--order',
      'once more',
      '--reason',
      'projection lost it',
      '--yes',
    );
    expect(done).toMatchObject({ dryRun: false, replays: [{ state: 'finished', sent: 2 }] });

    const after = await readRecords(bench.brokers, [bench.topic]);
    expect(after).toHaveLength(before.length + 2);
    const replayed = after.filter(({ headers }) => headers.some(([name]) => name === 'ce_replayed'));
    expect(replayed.map(({ key }) => key?.toString())).toEqual(['once more', 'once more']);
    expect(await answerOf('replay', 'list', '--limit', '1')).toMatchObject([
      { cause: 'operator', reason: 'projection lost it', key: 'once more', state: 'finished' },
    ]);
  });

  test('goes at the rate that is asked for, until it is cancelled', async () => {
    await plant(
      bench.admin,
      bench.topic,
      2,
      Array.from({ length: 40 }, (_, at) => ({ key: `many ${at}`, version: 1 })),
    );
    await until('all are published', async () => (await statesOf('many 39'))[0] === 'published');
    const started = await waybill(
      'replay',
      'start',
      '--topic',
      bench.topic,
      '--from',
      '2026-01-01T00:00:00Z',
      '--per-second',
      '2',
      '--wait',
      '1s',
      '--reason',
      'try',
      '--yes',
      '--json',
    );
    expect(started.exitCode).toBe(1);
    const { rows } = await bench.admin.query(
      'select id::int, per_second from outbox_replay order by id desc limit 2',
    );
    expect(rows).toMatchObject([{ per_second: 1 }, { per_second: 1 }]);
    for (const { id } of rows) {
      expect(await answerOf('replay', 'cancel', String(id), '--reason', 'enough')).toEqual({ cancelled: id });
    }
    const again = await waybill('replay', 'cancel', String(rows[0].id), '--reason', 'enough');
    expect(again).toMatchObject({ exitCode: 1, err: expect.stringMatching(/^No replay \d+ is under way/) });
    expect(
      (await waybill('replay', 'start', '--seq', '900000..900001', '--reason', 'none', '--yes')).out,
    ).toBe('No published event fits.\n');
    expect(
      await waybill(
        'replay',
        'start',
        '--topic',
        bench.topic,
        '--per-second',
        '1',
        '--reason',
        'slowly',
        '--yes',
      ),
    ).toEqual({
      exitCode: 2,
      out: '',
      err: expect.stringMatching(/ in 2 lanes, .*: --per-second 2 or more\.\n$/),
    });
    expect(await waybill('replay', 'start', '--topic', 'nowhere', '--reason', 'typo', '--yes')).toEqual({
      exitCode: 1,
      out: '',
      err: 'No lane is of topic nowhere: waybill lanes shows them.\n',
    });
    expect(
      await waybill('replay', 'start', '--seq', '1..2', '--per-second', '200000', '--reason', 'fast'),
    ).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('It must be a whole number from 1 to 100000.'),
    });
    expect(await waybill('replay', 'start', '--reason', 'which')).toMatchObject({ exitCode: 2 });
    expect(await waybill('replay', 'start', '--seq', '5..4', '--reason', 'x')).toMatchObject({ exitCode: 2 });
  });
});

describe('waybill source', () => {
  test('raises the epoch for the reason that is given', async () => {
    expect(await answerOf('source', 'show')).toMatchObject({ epoch: 1, reason: 'created' });
    expect(await answerOf('source', 'raise-epoch', '--reason', 'storage restored')).toEqual({ epoch: 2 });
    expect((await waybill('source', 'show')).out).toMatch(/^epoch +2\n.*\nbecause +.*storage restored\n/);
    expect(await audited('raise epoch')).toMatchObject([{ reason: 'storage restored' }]);
  });
});

test('whatever operators did, the events are in order and each receipt tells the truth', async () => {
  const records = await readRecords(bench.brokers, [bench.topic]);
  expect(judge({ ...(await readOutbox(bench.database.urlFor('superuser'))), records })).toEqual([]);
  expect(countDuplicates(records).total).toBeGreaterThan(0);
});
