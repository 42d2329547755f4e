import { KafkaRequestError, type KafkaSettings } from '@waybill/kafka';
import { openEventLog } from '@waybill/kafka/platformatic';
import { everyTopic, orderCancelled, orderPlaced } from '@waybill/contracts';
import {
  aggregatesFrom,
  type Difference,
  type LogRefusal,
  type Queryable,
  readLaneStates,
  reconcile,
  type Reconciled,
} from '@waybill/outbox/operations';
import type { Progress } from '../display/progress.ts';
import { sayingWhatKafkaRefuses } from '../kafka/explain-kafka-error.ts';
import { lanesOfTopic } from '../lanes/lanes-of-topic.ts';
import { type ReconciliationResult, type RefusedTopic, workAsText } from './reconcile-as-text.ts';

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

/**
 * Compares until all is seen, `max` is reached, or `signal` aborts, and shows once a second how far it is. What Kafka
 * does not show is left out and named.
 *
 * @throws OperatorError NOT_FOUND for a topic that no lane has; KAFKA_UNREACHABLE when nothing was found either
 */
export async function runReconcile(
  database: Queryable,
  kafka: KafkaSettings,
  scope: ReconcileScope,
  progress: Progress,
  signal: AbortSignal,
): Promise<ReconciliationResult> {
  if (scope.topic !== undefined) lanesOfTopic(await readLaneStates(database), scope.topic);
  await using log = openEventLog(kafka);
  const { max, ...limits } = scope;
  const reconciled: Reconciled = { aggregates: 0, events: 0, records: 0, repetitions: 0 };
  const differences: Difference[] = [];
  const refusals: LogRefusal[] = [];
  const found = reconcile({
    ...limits,
    database,
    log,
    aggregates: aggregatesFrom(database, orderView),
    keptForEver: everyTopic.filter(({ config }) => config['retention.ms'] === '-1').map(({ name }) => name),
    reconciled,
    refusals,
    signal,
  });
  const showing = setInterval(() => void progress.show(workAsText(reconciled)).catch(ignore), 1_000);
  try {
    for await (const difference of found) {
      differences.push(difference);
      if (differences.length >= max) break;
    }
  } finally {
    clearInterval(showing);
    await progress.end();
  }
  const failures = refusals.map(refusalOf);
  const away = refusals.find(({ isUnreachable }) => isUnreachable);
  if (away !== undefined && differences.length === 0) {
    return sayingWhatKafkaRefuses(kafka, () => {
      throw away.cause;
    });
  }
  const refused = failures.map(
    ({ topic, error: { code, message } }): RefusedTopic => ({ topic, code, message }),
  );
  const isWhole = !signal.aborted && differences.length < max && refused.length === 0;
  return { differences, reconciled, refused, state: isWhole ? 'complete' : 'ended early' };
}

/** @throws what is no failure of Kafka's */
function refusalOf({ topic, cause }: LogRefusal): {
  readonly topic: string;
  readonly error: KafkaRequestError;
} {
  if (!(cause instanceof KafkaRequestError)) throw cause;
  return { topic, error: cause };
}
