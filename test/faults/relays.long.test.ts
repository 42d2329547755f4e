import { setTimeout as delay } from 'node:timers/promises';
import { defaultRelaySettings } from '@waybill/outbox/relay';
import { expect, it } from 'vitest';
import { type RelayBench, relayBench } from '../relay/bench.ts';
import { relayStarter } from '../relay/relay-starter.ts';
import { temporaryFolder } from '../servers/temporary-folder.ts';
import { CrashingRelay, type CrashPoint } from '../stress/crashing-relay.ts';
import { startTraffic } from './traffic.ts';
import { settled, unsettled, verdictOn } from './verdict.ts';

/** Relays that die, stop and sleep at every moment, and what is left of it in Kafka. */
const PARTITIONS = 8;
const KEYS = 100;
const MINUTE_MS = 60_000;
const LEASE_MS = 3_000;

/** Waits for the rest and lets the checker judge. `beyond` are the duplicates that nothing explains. */
async function judged(
  bench: RelayBench,
  what: string,
  committed: number,
  mostTwice: number,
): Promise<{ readonly broken: readonly string[]; readonly beyond: number }> {
  await settled(bench, 90_000);
  const { broken, duplicates } = await verdictOn(bench);
  console.log(`${what}: ${committed} events, ${duplicates} twice, at most ${mostTwice} allowed`);
  return { broken, beyond: Math.max(0, duplicates - mostTwice) };
}

const faultless = { broken: [], beyond: 0 };

it.each<[CrashPoint]>([['before the send'], ['after the send, before the commit'], ['after the commit']])(
  'loses and disorders nothing when it is killed %s, again and again',
  async (point) => {
    await using bench = await relayBench(PARTITIONS);
    await using relay = new CrashingRelay(bench.database.urlFor('waybill_relay'), bench.brokers[0] ?? '');
    await using traffic = startTraffic({ bench, keys: KEYS, everyMs: 100 });
    relay.start();
    for (let crash = 1; crash <= 4; crash += 1) {
      await relay.crash(point);
      relay.start();
    }
    await traffic.stop();
    expect(await judged(bench, `killed ${point}`, traffic.committed, relay.mayStandTwice)).toEqual(faultless);
    await relay.stop();
  },
);

it('comes through a minute in which it is killed every two seconds', async () => {
  await using bench = await relayBench(PARTITIONS);
  const url = bench.database.urlFor('waybill_relay');
  // Its successor may wait for the end of this lease, and then has half a second to work; the one after that has two.
  const timing = { leaseMs: 1_500, sendTimeoutMs: 600 };
  await using relay = new CrashingRelay(url, bench.brokers[0] ?? '', timing);
  await using traffic = startTraffic({ bench, keys: KEYS, everyMs: 100 });
  const over = performance.now() + MINUTE_MS;
  let [kills, mostTwice] = [0, 0];
  while (performance.now() < over) {
    relay.start();
    await delay(2_000);
    await relay.kill();
    kills += 1;
    mostTwice += Math.min(await unsettled(bench), PARTITIONS * defaultRelaySettings.limits.rows);
  }
  const behind = await unsettled(bench);
  await traffic.stop();
  bench.startRelay();
  const what = `killed ${kills} times in a minute, ${behind} events behind at its end`;
  expect(await judged(bench, what, traffic.committed, mostTwice + relay.mayStandTwice)).toEqual(faultless);
});

it('comes through a minute in which one of three is killed, stopped or put to sleep at random', async () => {
  await using bench = await relayBench(PARTITIONS);
  await using folder = temporaryFolder();
  const start = relayStarter(bench, folder.path, LEASE_MS);
  await using stack = new AsyncDisposableStack();
  const relays = await Promise.all([start(), start(), start()]);
  stack.defer(async () => {
    await Promise.all(relays.map((relay) => relay.stop()));
  });
  await using traffic = startTraffic({ bench, keys: KEYS, everyMs: 100 });
  const over = performance.now() + MINUTE_MS;
  const done = { killed: 0, stopped: 0, slept: 0 };
  let mostTwice = 0;
  const codes: string[] = [];
  for (let round = 0; performance.now() < over; round += 1) {
    const victim = Math.floor(Math.random() * relays.length);
    const relay = relays[victim];
    if (relay === undefined) throw new Error('no relay');
    const kind = (['killed', 'stopped', 'slept'] as const)[round % 3] ?? 'killed';
    done[kind] += 1;
    if (kind === 'slept') {
      relay.signal('SIGSTOP');
      mostTwice += await unsettled(bench);
      // Longer than its lease: its lanes are somebody else's when it wakes up.
      await delay(LEASE_MS + 1_500);
      relay.signal('SIGCONT');
      continue;
    }
    if (kind === 'killed') {
      relay.signal('SIGKILL');
      await relay.exited;
      mostTwice += await unsettled(bench);
    } else {
      // It finishes what it has sent: it may repeat nothing.
      await relay.stop();
      codes.push(await relay.exited);
    }
    relays[victim] = await start();
  }
  await traffic.stop();
  const what = `${done.killed} killed, ${done.stopped} stopped, ${done.slept} put to sleep in a minute`;
  expect(await judged(bench, what, traffic.committed, mostTwice)).toEqual(faultless);
  expect(new Set(codes)).toEqual(new Set(['exit code 0']));
});
