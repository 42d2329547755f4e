import type { RelayStatus } from '@waybill/outbox/relay';

export type RelayHealth =
  | { readonly status: 'ok' }
  | { readonly status: 'unavailable'; readonly reason: string };

/**
 * Whether the process should go on living: its loops come round. A database or a broker that is away is retried for as
 * long as it takes, and a restart would mend neither; a call that never returns is mended by nothing else.
 */
export function livenessOf(status: RelayStatus, stallLimitMs: number): RelayHealth {
  if (status.state === 'stopped' || status.progressAgeMs <= stallLimitMs) return { status: 'ok' };
  const seconds = Math.round(status.progressAgeMs / 1_000);
  return { status: 'unavailable', reason: `a loop of the relay has not come round for ${seconds} s` };
}

/**
 * Whether the relay may take lanes: a primary answers and its lease is renewed. A broker that is away does not count:
 * lanes back off by themselves, and no other relay would do better.
 *
 * @param stopping aborted once the service is told to end
 */
export function readinessOf(status: RelayStatus, stopping: AbortSignal): RelayHealth {
  if (stopping.aborted) return { status: 'unavailable', reason: 'closing' };
  if (status.state !== 'running') return { status: 'unavailable', reason: `the relay is ${status.state}` };
  if (status.lease === 'lapsed')
    return { status: 'unavailable', reason: 'the lease was not renewed in time' };
  return { status: 'ok' };
}
