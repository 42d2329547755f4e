import { expect, test } from 'vitest';
import { startTcpProxy } from '../../../../test/faults/tcp-proxy.ts';
import { closedGate, intercept } from '../../../../test/relay/intercept.ts';
import { plant } from '../../../../test/relay/outbox-rows.ts';
import { hold } from '../../../../test/servers/hold.ts';
import {
  backOff,
  findings,
  findingsOf,
  healthy,
  leftAfterTheMend,
  published,
  WARD_PARTITIONS,
  ward,
  wardLimit,
  wardSettings,
} from './ward.fixture.ts';

test(
  'a relay that does not reach a Kafka that answers here: named once, and not that its lanes back off',
  wardLimit,
  async () => {
    await using now = await ward();
    const { bench } = now;
    await using way = await startTcpProxy({ target: bench.brokers.join() });
    await way.setMode({ kind: 'refuse' });
    bench.startRelay({ settings: wardSettings, kafka: { brokers: [way.url] } });
    await now.write();
    await backOff(now, WARD_PARTITIONS);
    expect(await findings(now)).toEqual([
      expect.objectContaining({
        cause: 'RELAY_CANNOT_REACH_KAFKA',
        what: expect.stringMatching(
          /^Kafka answers here, but the relay on .* gets no answer \(ECONNREFUSED\)\.$/,
        ),
      }),
    ]);

    await way.setMode({ kind: 'pass' });
    expect(await leftAfterTheMend(now)).toEqual([]);
  },
);

test('events that are parked, with their reasons, until the topic takes them', wardLimit, async () => {
  await using now = await ward();
  const { bench, administration } = now;
  await administration.setTopicConfig(bench.topic, 'max.message.bytes', '20000');
  await healthy(now);

  const large = { key: 'large', version: 1, payload: JSON.stringify('x'.repeat(50_000)) };
  await plant(bench.admin, bench.topic, WARD_PARTITIONS, [large, { key: 'large', version: 2 }]);
  await published(now);
  expect(await findings(now)).toEqual([
    expect.objectContaining({
      cause: 'EVENTS_PARKED',
      subject: bench.topic,
      what: `${bench.topic} has parked events: 1 for MESSAGE_TOO_LARGE, 1 for PREDECESSOR_PARKED.`,
    }),
  ]);

  await administration.setTopicConfig(bench.topic, 'max.message.bytes', '200000');
  await bench.admin.query(
    `select outbox_wish(lane, array_agg(seq order by seq), 'redrive', 'an operator', 'the limit was raised')
     from outbox_parked group by lane`,
  );
  expect(await leftAfterTheMend(now)).toEqual([]);
});

test(
  'lanes that a relay which runs cannot take, because somebody holds one locked: named, until it can',
  wardLimit,
  async () => {
    await using now = await ward();
    const { bench } = now;
    await now.write();
    await using blocker = await hold(
      bench.admin,
      'select from outbox_lane order by lane limit 1 for no key update',
    );
    bench.startRelay({ settings: wardSettings });
    const { rows } = await bench.admin.query('select lane from outbox_lane order by lane');
    expect(await findingsOf(now, 'LANE_UNOWNED')).toEqual([
      expect.objectContaining({
        cause: 'LANE_UNOWNED',
        subject: bench.topic,
        what: `Relays run, but none holds lane ${rows.map(({ lane }) => lane).join(', ')} of ${bench.topic}.`,
      }),
    ]);

    await blocker.release();
    expect(await leftAfterTheMend(now)).toEqual([]);
  },
);

test(
  'events that wait, when nothing explains it: an answer of Kafka that takes long',
  wardLimit,
  async () => {
    await using now = await ward();
    const { bench } = now;
    const sending = closedGate();
    const goOn = closedGate();
    const through = intercept({
      async before() {
        sending.open();
        await goOn.passed;
      },
    });
    bench.startRelay({ settings: wardSettings, through });
    await now.write();
    await sending.passed;
    const found = await findings(now);
    goOn.open();
    expect(found).toEqual([expect.objectContaining({ cause: 'EVENTS_WAIT', subject: bench.topic })]);
    expect(await leftAfterTheMend(now)).toEqual([]);
  },
);
