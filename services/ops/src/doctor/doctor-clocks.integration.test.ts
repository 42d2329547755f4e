import { expect, test } from 'vitest';
import { settled } from '../../../../test/faults/verdict.ts';
import { relayStarter } from '../../../../test/relay/relay-starter.ts';
import { shiftedClock } from '../../../../test/relay/shifted-clock.ts';
import { temporaryFolder } from '../../../../test/servers/temporary-folder.ts';
import { backOff, findings, leftAfterTheMend, WARD_PARTITIONS, ward } from './ward.fixture.ts';

test.each([
  ['5 minutes ahead', 300_000, 'is (29|30)\\d\\.\\d s ahead of'],
  ['5 minutes behind', -300_000, 'is (29|30)\\d\\.\\d s behind'],
])('a relay whose clock is %s publishes: named, and not the host of whoever asks', async (_, off, what) => {
  await using now = await ward();
  await using folder = temporaryFolder();
  const clock = shiftedClock(folder.path, off);
  await using _relay = await relayStarter(now.bench, folder.path, 5_000)(clock.environment);
  await now.write();
  await settled(now.bench);
  expect(await findings(now)).toEqual([
    expect.objectContaining({
      cause: 'CLOCK_SKEW',
      what: expect.stringMatching(`^The clock of the relay on .* ${what}`),
    }),
  ]);

  clock.shift(0);
  expect(await leftAfterTheMend(now)).toEqual([]);
});

test('a relay whose clock is so far ahead that Kafka refuses its events: named, and not that its lanes back off', async () => {
  await using now = await ward();
  await using folder = temporaryFolder();
  const clock = shiftedClock(folder.path, 7_200_000);
  await using _relay = await relayStarter(now.bench, folder.path, 5_000)(clock.environment);
  await now.write();
  await backOff(now, WARD_PARTITIONS);
  expect(await findings(now)).toEqual([
    expect.objectContaining({
      cause: 'CLOCK_SKEW',
      what: expect.stringMatching(
        /ahead of the database’s. Kafka refuses its events for that \(INVALID_TIMESTAMP\)\.$/,
      ),
    }),
  ]);

  clock.shift(0);
  expect(await leftAfterTheMend(now)).toEqual([]);
});
