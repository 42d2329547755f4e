import type { DeadLetterCopy, DeadLetterTopics } from '../message-source.ts';
import type { Storage } from '../storage/storage.ts';
import { claimUncopied, type DeadLetter, markCopied, postponeCopy, releaseClaim } from './letters.sql.ts';

const atMost = 50;
/** After so many failures in a row it is hardly the letters' fault. */
const failuresAtMost = 3;

/**
 * Publishes copies of dead letters until Kafka has acknowledged each. A copy is noted after its acknowledgement and
 * never before: what crashes in between is published twice, under one `dlq_id`, and nothing is missing. One that Kafka
 * refuses goes behind the others. Ends early when `signal` aborts.
 *
 * @throws what the storage throws, and the first that Kafka did; what was not copied stays for later
 */
export async function copyDeadLetters(
  { storage, group }: { readonly storage: Storage<unknown>; readonly group: string },
  topics: DeadLetterTopics,
  signal: AbortSignal,
): Promise<void> {
  const letters = await storage.transaction(({ sql }) => claimUncopied(sql, group, atMost));
  const failures: { readonly error: unknown }[] = [];
  let inARow = 0;
  let at = 0;
  for (const letter of letters) {
    if (signal.aborted || inARow === failuresAtMost) break;
    at += 1;
    try {
      await unlessAborted(topics.publish(copyOf(group, letter)), signal);
    } catch (error) {
      failures.push({ error });
      inARow += 1;
      await storage.transaction(({ sql }) => postponeCopy(sql, letter.id));
      continue;
    }
    inARow = 0;
    await storage.transaction(({ sql }) => markCopied(sql, letter.id));
  }
  const untried = letters.slice(at).map(({ id }) => id);
  if (untried.length > 0) await storage.transaction(({ sql }) => releaseClaim(sql, untried));
  const [first] = failures;
  if (first !== undefined) throw first.error;
}

/** Waits no longer than the signal does. @throws the signal's reason, what `work` throws */
async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Key, value and headers as they came, and beside them why and whence. */
export function copyOf(group: string, letter: DeadLetter): DeadLetterCopy {
  return {
    topic: `${letter.topic}.dlq`,
    sourceTopic: letter.topic,
    key: letter.messageKey,
    value: letter.value,
    headers: {
      ...letter.headers,
      dlq_id: `${group}:${letter.id}`,
      dlq_group: group,
      dlq_reason: letter.reason,
      dlq_detail: letter.detail,
      dlq_attempts: String(letter.attempts),
      dlq_topic: letter.topic,
      dlq_partition: String(letter.partition),
      dlq_offset: String(letter.offset),
      dlq_time: letter.deadAt,
    },
  };
}
