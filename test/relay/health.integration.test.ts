import { PublishError, type Publisher } from '@waybill/outbox';
import { Relay, type RelaySettings } from '@waybill/outbox/relay';
import pg from 'pg';
import { expect, it } from 'vitest';
import { freePort } from '../../infra/local/index.ts';
import { livenessOf, readinessOf } from '../../services/outbox-relay/src/health.ts';
import { relayBench, until } from './bench.ts';
import { closedGate } from './intercept.ts';
import { plant } from './outbox-rows.ts';

/** With these, what takes longer than 3.1 s is stuck. */
const settings: Partial<RelaySettings> = {
  leaseMs: 1_000,
  leaseMarginMs: 100,
  sendTimeoutMs: 400,
  pollMaxMs: 100,
  patienceMs: 50,
};

/** Whatever it is asked fails as this does. */
function failing(answer: () => Promise<never>): Publisher {
  return { publish: answer, probe: answer, close: () => Promise.resolve() };
}

async function refuse(): Promise<never> {
  throw new PublishError('planted', 'unreachable', 'ECONNREFUSED');
}

function isLive({ status, stallLimitMs }: Relay): boolean {
  return livenessOf(status, stallLimitMs).status === 'ok';
}

it('calls a relay dead when a send never returns, and not for want of a broker or a database', async () => {
  await using benchOfStuck = await relayBench(2);
  await using benchOfCutOff = await relayBench(2);
  const answer = closedGate();
  using _answered = { [Symbol.dispose]: () => answer.open() };
  const stuck = benchOfStuck.startRelay({
    settings,
    // It has no answer and forgets its own limit.
    through: () => failing(() => answer.passed.then(refuse)),
  });
  const cutOff = benchOfCutOff.startRelay({ settings, through: () => failing(refuse) });
  const nowhere = new pg.Pool({ host: '127.0.0.1', port: await freePort() });
  const stopping = new AbortController();
  const homeless = new Relay({
    pool: nowhere,
    publisher: failing(refuse),
    listener: () => undefined,
    settings,
  });
  const ended = homeless.run(stopping.signal);

  for (const bench of [benchOfStuck, benchOfCutOff]) {
    await plant(bench.admin, bench.topic, 2, [{ key: 'k', version: 1 }]);
  }
  await until('both run', () => [stuck, cutOff].every(({ relay }) => relay.status.state === 'running'));
  expect([stuck.relay, cutOff.relay, homeless].map(isLive)).toEqual([true, true, true]);

  await until('the stuck one is found', () => !isLive(stuck.relay), 30_000);
  expect([cutOff.relay, homeless].map(isLive)).toEqual([true, true]);
  const going = new AbortController().signal;
  expect(readinessOf(cutOff.relay.status, going)).toEqual({ status: 'ok' });
  expect(readinessOf(homeless.status, going)).toMatchObject({ status: 'unavailable' });

  stopping.abort();
  await ended;
  await nowhere.end();
});
