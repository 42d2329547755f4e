import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { relayStarter } from '../../../../test/relay/relay-starter.ts';
import { type ShiftedClock, shiftedClock } from '../../../../test/relay/shifted-clock.ts';
import { temporaryFolder } from '../../../../test/servers/temporary-folder.ts';
import {
  backOff,
  findings,
  findingsOf,
  leftAfterTheMend,
  published,
  WARD_PARTITIONS,
  type Ward,
  ward,
  wardLimit,
} from './ward.fixture.ts';

/** One relay, a service whose clock each test puts wrong and right again while it runs. */
const stack = new AsyncDisposableStack();
let now: Ward;
let clock: ShiftedClock;

beforeAll(async () => {
  now = stack.use(await ward());
  const folder = stack.use(temporaryFolder());
  clock = shiftedClock(folder.path, 0);
  stack.use(await relayStarter(now.bench, folder.path, 5_000)(clock.environment));
});

afterEach(() => clock.shift(0));
afterAll(() => stack.disposeAsync());

const limitOfTheTopic = (ms: number) =>
  now.administration.setTopicConfig(now.bench.topic, 'message.timestamp.after.max.ms', String(ms));

/** What doctor says where nothing but the relay's clock is wrong. */
const wrongClock = (what: RegExp) => [
  expect.objectContaining({ cause: 'CLOCK_SKEW', what: expect.stringMatching(what) }),
];

test.each([
  ['5 minutes ahead', 300_000, /^The clock of the relay on .* is (29|30)\d\.\d s ahead of the database’s\.$/],
  ['5 minutes behind', -300_000, /^The clock of the relay on .* is (29|30)\d\.\d s behind the database’s\.$/],
])(
  'a relay whose clock is %s publishes: named, and not the host of whoever asks',
  wardLimit,
  async (_, off, what) => {
    clock.shift(off);
    await now.write();
    await published(now);
    expect(await findingsOf(now, 'CLOCK_SKEW')).toEqual(wrongClock(what));

    clock.shift(0);
    expect(await leftAfterTheMend(now)).toEqual([]);
  },
);

const refused = /ahead of the database’s\. Kafka refuses its events for that \(INVALID_TIMESTAMP\)\.$/;

test(
  'a relay whose clock is so far ahead that Kafka refuses its events: named, and not that its lanes back off',
  wardLimit,
  async () => {
    clock.shift(7_200_000);
    await now.write();
    await backOff(now, WARD_PARTITIONS);
    expect(await findings(now)).toEqual(wrongClock(refused));

    clock.shift(0);
    expect(await leftAfterTheMend(now)).toEqual([]);
  },
);

test(
  'a topic that takes a second: the relay’s clock is named while it is off, and else that Kafka refuses the lanes',
  wardLimit,
  async () => {
    await limitOfTheTopic(1_000);
    clock.shift(6_000);
    expect(await findingsOf(now, 'CLOCK_SKEW')).toEqual(
      wrongClock(/is [5-6]\.\d s ahead of the database’s\.$/),
    );
    await now.write();
    await backOff(now, WARD_PARTITIONS);
    expect(await findings(now)).toEqual(wrongClock(refused));

    clock.shift(3_000);
    expect(await findingsOf(now, 'LANE_BACKING_OFF')).toEqual([
      expect.objectContaining({
        subject: now.bench.topic,
        what: expect.stringMatching(
          /^Kafka refuses lane \d+, \d+, \d+ of .* \(INVALID_TIMESTAMP\)\. Nothing is lost\.$/,
        ),
      }),
    ]);

    await limitOfTheTopic(3_600_000);
    expect(await leftAfterTheMend(now)).toEqual([]);
  },
);
