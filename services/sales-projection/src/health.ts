import type { ConsumerStatus } from '@waybill/inbox';

export type ProjectionHealth =
  | { readonly status: 'ok' }
  | { readonly status: 'unavailable'; readonly reason: string };

/**
 * After which something that has not come on hangs, in ms. A statement ends after ten seconds and a request to Kafka
 * after five; joining the group waits for its other members, half a minute at most.
 */
const stallLimitMs = 120_000;

/**
 * Whether the process should go on living: its transactions end and its loop comes round. A database or a broker that is
 * away is waited for as long as it takes, and a restart would mend neither; what never returns is mended by nothing else.
 *
 * @param consumers of what serves and, while there is one, of a rebuild
 */
export function livenessOf(
  consumers: readonly (Pick<ConsumerStatus, 'progressAgeMs'> | undefined)[],
): ProjectionHealth {
  const progressAgeMs = Math.max(...consumers.map((one) => one?.progressAgeMs ?? 0));
  if (progressAgeMs <= stallLimitMs) return { status: 'ok' };
  const seconds = Math.round(progressAgeMs / 1_000);
  return { status: 'unavailable', reason: `the consumer has not come on for ${seconds} s` };
}
