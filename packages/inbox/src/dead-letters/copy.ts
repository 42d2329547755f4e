import type { DeadLetterCopy, DeadLetterTopics } from '../message-source.ts';
import type { Storage } from '../storage/storage.ts';
import { claimUncopied, type DeadLetter, markCopied, releaseClaim } from './letters.sql.ts';

const atMost = 50;

/**
 * Publishes copies of dead letters until Kafka has acknowledged each. A copy is noted after its acknowledgement and
 * never before: what crashes in between is published twice, under one `dlq_id`, and nothing is missing.
 *
 * @returns how many
 * @throws what the storage or Kafka throws; the rest stays for later
 */
export async function copyDeadLetters(
  { storage, group }: { readonly storage: Storage<unknown>; readonly group: string },
  topics: DeadLetterTopics,
): Promise<number> {
  const letters = await storage.transaction(({ sql }) => claimUncopied(sql, group, atMost));
  for (const [i, letter] of letters.entries()) {
    try {
      await topics.publish(copyOf(group, letter));
    } catch (error) {
      const unclaimed = letters.slice(i).map(({ id }) => id);
      await storage.transaction(({ sql }) => releaseClaim(sql, unclaimed));
      throw error;
    }
    await storage.transaction(({ sql }) => markCopied(sql, letter.id));
  }
  return letters.length;
}

/** Key, value and headers as they came, and beside them why and whence. */
export function copyOf(group: string, letter: DeadLetter): DeadLetterCopy {
  return {
    topic: `${letter.topic}.dlq`,
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
