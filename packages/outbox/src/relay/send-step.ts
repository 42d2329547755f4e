import type { Publisher } from '../publisher.ts';
import type { Lane } from '../lanes/lane-directory.ts';
import type { Step } from './cursor.ts';

/** What became of a batch. `at` is monotonic time in ms. */
export type SendOutcome =
  | { readonly state: 'acknowledged'; readonly baseOffset: bigint; readonly at: number }
  | { readonly state: 'failed'; readonly error: unknown };

/** Sends a step's rows as one batch. Never rejects: a failure is an answer like any other. */
export async function sendStep(
  publisher: Publisher,
  lane: Lane,
  step: Step,
  epoch: number,
  monotonic: () => number,
): Promise<SendOutcome> {
  try {
    const { baseOffset } = await publisher.publish({
      topic: lane.topic,
      partition: lane.partition,
      messages: step.rows.map((row) => ({
        key: row.key,
        value: row.payload,
        headers: { ...JSON.parse(row.headers), ce_epoch: String(epoch) },
      })),
    });
    return { state: 'acknowledged', baseOffset, at: monotonic() };
  } catch (error) {
    return { state: 'failed', error };
  }
}
