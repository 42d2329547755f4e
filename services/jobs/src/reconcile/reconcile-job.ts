import { everyTopic, topics } from '@waybill/contracts';
import {
  aggregatesFrom,
  type EventLog,
  type LogRefusal,
  reconcile,
  type Reconciled,
} from '@waybill/outbox/operations';
import { describeError } from '../runs/after-failure.ts';
import type { Job } from '../runs/job.ts';

/** Differences that a run names; `npx waybill reconcile` names all. */
const NAMED = 100;
/** An event that waits longer counts as not published, in ms. */
const PENDING_MS = 5 * 60_000;
/** It reads everything that is kept, and is to be over before the next night, in ms. */
const LIMIT_MS = 20 * 3_600_000;

/**
 * Compares orders, outbox, receipts and what Kafka holds, as `npx waybill reconcile` does. A run that finds differences
 * is done; what it found is for people. Where Kafka does not answer, the run has failed and is repeated. So it is where
 * Kafka does not show a topic, unless something was found: then the topic is named too.
 *
 * @param openLog opens a reader of Kafka for one run
 */
export function reconcileJob(openLog: () => EventLog): Job {
  return {
    name: 'reconcile',
    description: 'compares orders, outbox, receipts and what Kafka holds',
    schedule: { kind: 'daily', hour: 3, minute: 10 },
    limitMs: LIMIT_MS,
    async run({ session, report, signal }) {
      await using log = openLog();
      const reconciled: Reconciled = { aggregates: 0, events: 0, records: 0, repetitions: 0 };
      const findings: string[] = [];
      const refusals: LogRefusal[] = [];
      const found = reconcile({
        database: session,
        log,
        aggregates: aggregatesFrom(session, {
          name: 'ops_order_versions',
          topics: topics.map(({ name }) => name),
        }),
        keptForEver: everyTopic
          .filter(({ config }) => config['retention.ms'] === '-1')
          .map(({ name }) => name),
        pendingMs: PENDING_MS,
        reconciled,
        refusals,
        signal,
      });
      const steps = (): number => reconciled.aggregates + reconciled.events + reconciled.records;
      const showing = setInterval(() => void report({ done: steps() }).catch(() => undefined), 1_000);
      try {
        for await (const { kind, what } of found) {
          findings.push(`${kind}: ${what}`);
          if (findings.length === NAMED) break;
        }
      } finally {
        clearInterval(showing);
      }
      signal.throwIfAborted(); // what ended early has not found that nothing is wrong
      const { aggregates: orders, events, records, repetitions } = reconciled;
      const seen = { orders, events, records, repetitions };
      const away = refusals.find(({ isUnreachable }) => isUnreachable);
      if (away !== undefined) throw away.cause;
      if (findings.length === 0) {
        if (refusals[0] !== undefined) throw refusals[0].cause;
        return seen;
      }
      const unread = refusals.map(
        ({ topic, cause }) => `${topic} is not wholly compared with Kafka: ${describeError(cause).sentence}`,
      );
      return { ...seen, differences: findings.length, findings: [...findings, ...unread] };
    },
  };
}
