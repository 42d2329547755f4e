import { expect, it } from 'vitest';
import { PublishError } from '@waybill/outbox';
import { relayBench, until } from '../relay/bench.ts';
import { intercept } from '../relay/intercept.ts';
import { plant } from '../relay/outbox-rows.ts';
import { settled, verdictOn } from './verdict.ts';

/** As many tries as an hour holds at the cap of the backoff, 30 s, for a lane, and some more. */
const TRIES = 150;

/** Every way in which a broker, a network or an administrator may keep the whole relay out. */
const outages = [
  ['unreachable', 'ECONNREFUSED'],
  ['unreachable', 'ECONNRESET'],
  ['unreachable', 'REQUEST_TIMEOUT'],
  ['unreachable', 'CONNECTION_FAILED'],
  ['answered', 'NOT_LEADER_OR_FOLLOWER'],
  ['answered', 'LEADER_NOT_AVAILABLE'],
  ['answered', 'NOT_ENOUGH_REPLICAS'],
  ['answered', 'KAFKA_STORAGE_ERROR'],
  ['answered', 'UNKNOWN_TOPIC_OR_PARTITION'],
  ['answered', 'TOPIC_AUTHORIZATION_FAILED'],
  ['answered', 'SASL_AUTHENTICATION_FAILED'],
  ['answered', 'THROTTLING_QUOTA_EXCEEDED'],
  ['answered', 'UNKNOWN_SERVER_ERROR'],
  ['answered', 'CORRUPT_MESSAGE'],
  ['answered', 'CLIENT_FAILED'],
] as const;

it('spends no attempt and parks nothing in outages of an hour, one of every kind', async () => {
  await using bench = await relayBench(1);
  let outage: (typeof outages)[number] | undefined;
  let tries = 0;
  const running = bench.startRelay({
    // An hour in seconds: what waits up to 30 s otherwise waits 2 ms.
    settings: { laneBackoff: { baseMs: 1, capMs: 2 }, probeEveryMs: 1, pollMaxMs: 50 },
    through: intercept({
      before() {
        if (outage === undefined) return;
        tries += 1;
        const [reach, code] = outage;
        throw new PublishError('planted', reach, code);
      },
    }),
  });
  let version = 0;
  for (const kind of outages) {
    [outage, tries] = [kind, 0];
    version += 1;
    const events = Array.from({ length: 20 }, (_, at) => ({ key: `k${at}`, version }));
    await plant(bench.admin, bench.topic, 1, events);
    await until(`${kind[1]} lasts`, () => tries >= TRIES);
    outage = undefined;
    await settled(bench);
  }
  expect(await verdictOn(bench)).toEqual({ broken: [], duplicates: 0 });
  expect((await bench.admin.query('select from outbox_parked')).rowCount).toBe(0);
  const types = running.events.map(({ type }) => type);
  expect(types.filter((type) => type === 'lane-backing-off')).toHaveLength(outages.length);
  expect(types.filter((type) => type === 'lane-recovered')).toHaveLength(outages.length);
});
