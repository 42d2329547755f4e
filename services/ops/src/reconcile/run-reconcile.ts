import type { KafkaSettings } from '@waybill/kafka';
import { openEventLog } from '@waybill/kafka/platformatic';
import { everyTopic, orderCancelled, orderPlaced } from '@waybill/contracts';
import {
  aggregatesFrom,
  type Difference,
  type Queryable,
  reconcile,
  type Reconciled,
} from '@waybill/outbox/operations';
import type { Progress } from '../display/progress.ts';
import { sayingWhatKafkaRefuses } from '../kafka/explain-kafka-error.ts';
import { type ReconciliationResult, workAsText } from './reconcile-as-text.ts';

export interface ReconcileScope {
  readonly topic?: string;
  readonly since?: Date;
  readonly pendingMs: number;
  /** Ends after so many differences. */
  readonly max: number;
}

/** The order service's view for operators: no personal data. */
const orderView = { name: 'ops_order_versions', topics: [orderPlaced.topic, orderCancelled.topic] };

const ignore = (): void => {};

/** Compares until all is seen, `max` is reached, or `signal` aborts, and shows once a second how far it is. */
export async function runReconcile(
  database: Queryable,
  kafka: KafkaSettings,
  scope: ReconcileScope,
  progress: Progress,
  signal: AbortSignal,
): Promise<ReconciliationResult> {
  await using log = openEventLog(kafka);
  const { max, ...limits } = scope;
  const reconciled: Reconciled = { aggregates: 0, events: 0, records: 0, repetitions: 0 };
  const differences: Difference[] = [];
  const found = reconcile({
    ...limits,
    database,
    log,
    aggregates: aggregatesFrom(database, orderView),
    keptForEver: everyTopic.filter(({ config }) => config['retention.ms'] === '-1').map(({ name }) => name),
    reconciled,
    signal,
  });
  const showing = setInterval(() => void progress.show(workAsText(reconciled)).catch(ignore), 1_000);
  try {
    await sayingWhatKafkaRefuses(kafka, async () => {
      for await (const difference of found) {
        differences.push(difference);
        if (differences.length >= max) break;
      }
    });
  } finally {
    clearInterval(showing);
    await progress.end();
  }
  const isWhole = !signal.aborted && differences.length < max;
  return { differences, reconciled, state: isWhole ? 'complete' : 'ended early' };
}
