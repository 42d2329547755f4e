import { writeSync } from 'node:fs';
import pg from 'pg';
import { createKafkaPublisher } from '@waybill/kafka';
import type { Publisher } from '@waybill/outbox';
import { defaultRelaySettings, Relay, type RelayEvent, type RelayMeter } from '@waybill/outbox/relay';
import { silentLog } from '../relay/silent-log.ts';
import type { RelayLine } from './batches-at-risk.ts';
import type { CrashPoint } from './crashing-relay.ts';

/**
 * A relay in a process of its own that dies on demand at a moment of the test's choice, be it the worst: Kafka has
 * acknowledged a batch, the progress is not committed. It writes what it sends, what of that nobody answered and how many
 * events were in flight when it dies, and ends without any cleaning up.
 */
const [databaseUrl = '', broker = '', lease = '', sendTimeout = '', rows = ''] = process.argv.slice(2);
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
  if (toCrash !== point) return;
  say({ kind: 'crash', events: eventsInFlight() });
  process.kill(process.pid, 'SIGKILL');
}

function eventsInFlight(): number {
  const { status } = relay;
  return status.state === 'running' ? status.eventsInFlight : 0;
}

const kafka = createKafkaPublisher({
  settings: { brokers: [broker], clientId: 'crashing-relay', requestTimeoutMs: sendTimeoutMs },
  logger: silentLog,
});
const crashing: Publisher = {
  async publish(batch) {
    const what = { partition: batch.partition, events: batch.messages.length };
    crashAt('before the send');
    say({ kind: 'sent', ...what });
    const receipt = await kafka.publish(batch).catch((error: unknown) => {
      // Without an answer it may be written, and it is sent again: no crash's doing.
      say({ kind: 'unanswered', ...what });
      throw error;
    });
    crashAt('after the send, before the commit');
    return receipt;
  },
  probe: (topic) => kafka.probe(topic),
  close: () => kafka.close(),
};
const pool = new pg.Pool({ connectionString: databaseUrl, max: 6 });
// A short lease: its successor cannot work before it ends.
const settings = {
  leaseMs: Number(lease),
  leaseMarginMs: 200,
  heartbeatMs: 200,
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
const interruptions: ReadonlySet<RelayEvent['type']> = new Set([
  'lanes-granted',
  'lanes-lost',
  'session-ended',
  'session-back',
]);
const listener = ({ type }: RelayEvent): void => {
  if (interruptions.has(type)) say({ kind: 'interrupted' });
};
const relay = new Relay({ pool, publisher: crashing, listener, meter, settings });
const stopping = new AbortController();
process.on('SIGTERM', () => stopping.abort());
await relay.run(stopping.signal);
await kafka.close();
await pool.end();
process.disconnect?.();
