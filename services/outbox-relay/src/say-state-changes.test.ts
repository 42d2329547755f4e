import type { RelayEvent } from '@waybill/outbox/relay';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { sayStateChanges } from './say-state-changes.ts';

const lane = { lane: 3, topic: 'order_placed', partition: 2 };
const falls: RelayEvent = {
  type: 'lane-backing-off',
  lane,
  error: new Error('refused'),
  failure: { class: 'unreachable', code: 'ECONNREFUSED' },
};
const recovers: RelayEvent = { type: 'lane-recovered', lane, failures: 1 };

function captured() {
  const lines: unknown[] = [];
  const logger = pino({ base: null, timestamp: false }, { write: (line) => lines.push(JSON.parse(line)) });
  return { lines, logger };
}

it('writes a lane that flaps in two lines, and one that counts the others and tells where it stands', () => {
  const { lines, logger } = captured();
  {
    using log = sayStateChanges(logger, () => 0);
    for (let nth = 0; nth < 50; nth += 1) {
      log.say(falls);
      log.say(recovers);
    }
    expect(lines).toHaveLength(2);
  }
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatchObject({
    ...lane,
    class: 'unreachable',
    msg: 'a lane backs off; the others go on',
  });
  expect(lines[2]).toMatchObject({
    ...lane,
    changes: 98,
    withinMs: 60_000,
    msg: 'a lane backs off no longer',
  });
});

it('writes what cannot flap whenever it happens', () => {
  const { lines, logger } = captured();
  using log = sayStateChanges(logger, () => 0);
  for (let nth = 0; nth < 3; nth += 1) log.say({ type: 'lanes-granted', lanes: [nth], relays: 2 });
  expect(lines).toHaveLength(3);
});

it('writes what ended a session: its class, its code and the error itself', () => {
  const { lines, logger } = captured();
  using log = sayStateChanges(logger, () => 0);
  log.say({
    type: 'session-ended',
    error: new Error('terminating connection due to administrator command'),
    failure: { class: 'database', code: '57P01' },
  });
  expect(lines).toMatchObject([
    {
      class: 'database',
      code: '57P01',
      err: { message: 'terminating connection due to administrator command' },
      msg: 'stops publishing until its lease is renewed',
    },
  ]);
});
