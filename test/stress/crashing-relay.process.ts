import { writeSync } from 'node:fs';
import pg from 'pg';
import { createKafkaPublisher } from '@waybill/kafka';
import { defaultRelaySettings, Relay, type RelayEvent, type RelayMeter } from '@waybill/outbox/relay';
import { intercept } from '../relay/intercept.ts';
import { silentLog } from '../relay/silent-log.ts';
import type { RelayLine } from './batches-at-risk.ts';
import type { CrashPoint } from './crashing-relay.ts';
import { telling } from './telling-publisher.ts';

/**
 * A relay in a process of its own that dies on demand at a moment of the test's choice, be it the worst: Kafka has
 * acknowledged a batch, the progress is not committed. It writes what it sends and what becomes of that, and ends
 * without any cleaning up.
 */
const [databaseUrl = '', broker = '', lease = '', heartbeat = '', sendTimeout = '', rows = ''] =
  process.argv.slice(2);
const sendTimeoutMs = Number(sendTimeout);

let toCrash: CrashPoint | undefined;
process.on('message', (point: CrashPoint) => {
  toCrash = point;
});

/** Synchronously: what was written outlives a kill. */
function say(line: RelayLine): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

function crashAt(point: CrashPoint): void {
  if (toCrash === point) process.kill(process.pid, 'SIGKILL');
}

function eventsInFlight(): number {
  const { status } = relay;
  return status.state === 'running' ? status.eventsInFlight : 0;
}

const kafka = createKafkaPublisher({
  settings: { brokers: [broker], clientId: 'crashing-relay', requestTimeoutMs: sendTimeoutMs },
  logger: silentLog,
});
const crashing = intercept({
  before: () => crashAt('before the send'),
  after: () => crashAt('after the send, before the commit'),
});
const pool = new pg.Pool({ connectionString: databaseUrl, max: 6 });
const known = await pool.query<{ lane: number; partition: number }>(
  'select lane, partition from outbox_lane',
);
const partitionOf = new Map(known.rows.map(({ lane, partition }) => [lane, partition]));

function partitionsOf(lanes: readonly number[]): number[] {
  return lanes.flatMap((lane) => partitionOf.get(lane) ?? []);
}

// A short lease: its successor cannot work before it ends.
const settings = {
  leaseMs: Number(lease),
  leaseMarginMs: 200,
  heartbeatMs: Number(heartbeat),
  sendTimeoutMs,
  limits: { ...defaultRelaySettings.limits, rows: Number(rows) },
};
const meter: RelayMeter = {
  acknowledged: () => undefined,
  failed: () => undefined,
  phase(phase) {
    // Lanes that went on alone commit for themselves, and there may be nothing to commit without them.
    if (phase !== 'commit' || eventsInFlight() > 0) return;
    say({ kind: 'recorded' });
    crashAt('after the commit');
  },
};
const listener = (event: RelayEvent): void => {
  if (event.type === 'lanes-granted') say({ kind: 'granted' });
  if (event.type === 'lanes-given-back') say({ kind: 'given back', partitions: partitionsOf(event.lanes) });
  if (event.type === 'lanes-lost') say({ kind: 'lost', partitions: partitionsOf(event.lanes) });
  // Of sessions that end in a row only the first end is told, and each begin.
  if (event.type === 'session-ended' || event.type === 'session-back') say({ kind: 'over' });
};
const relay = new Relay({ pool, publisher: crashing(telling(kafka, say)), listener, meter, settings });
const stopping = new AbortController();
process.on('SIGTERM', () => stopping.abort());
await relay.run(stopping.signal);
await kafka.close();
await pool.end();
process.disconnect?.();
