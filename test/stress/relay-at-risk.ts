import { defaultRelaySettings, type RelayEvent } from '@waybill/outbox/relay';
import { nameOf } from '../checker/facts.ts';
import type { RelayBench, RelayStart, RunningRelay } from '../relay/bench.ts';
import { intercept } from '../relay/intercept.ts';
import { BatchesAtRisk } from './batches-at-risk.ts';
import { telling } from './telling-publisher.ts';

/** A relay in this process, and what it may have made stand in Kafka once more. */
export interface RelayAtRisk {
  readonly running: RunningRelay;
  /** By the sends that nobody answered, and by the sessions that had ended when it sent again. */
  readonly atRisk: BatchesAtRisk;
}

/**
 * Of a session that has ended nothing is sent any more, and what it has not committed by the time that the next one
 * sends is fenced off: what has no receipt then was at risk, and nothing else. Not for sessions that end within a replay,
 * of which all events have receipts.
 */
export function startRelayAtRisk(
  bench: Pick<RelayBench, 'admin' | 'startRelay'>,
  start: Omit<RelayStart, 'through'> = {},
): RelayAtRisk {
  const atRisk = new BatchesAtRisk(start.settings?.limits?.rows ?? defaultRelaySettings.limits.rows);
  let running: RunningRelay | undefined;
  let heard = 0;
  const hearOfEnds = async (): Promise<void> => {
    const told = running?.events.filter(tellsOfAnEnd).length ?? 0;
    if (told === heard) return;
    heard = told;
    atRisk.hear({ kind: 'confirmed', events: await eventsWithReceipts(bench) });
    atRisk.hear({ kind: 'over' });
  };
  // In turn: lanes send at once, and none of them before it is heard what was at risk until then.
  let hearing = Promise.resolve();
  const before = (): Promise<void> => {
    hearing = hearing.then(hearOfEnds);
    return hearing;
  };
  running = bench.startRelay({
    ...start,
    through: (publisher) => intercept({ before })(telling(publisher, (line) => atRisk.hear(line))),
  });
  return { running, atRisk };
}

/** Of sessions that end in a row only the first end is told, and each begin. */
function tellsOfAnEnd({ type }: RelayEvent): boolean {
  return type === 'session-ended' || type === 'session-back';
}

async function eventsWithReceipts({ admin }: Pick<RelayBench, 'admin'>): Promise<string[]> {
  const { rows } = await admin.query<{ topic: string; key: string; version: number }>(
    'select topic, key, version from outbox where seq in (select unnest(seqs) from outbox_progress)',
  );
  return rows.map(nameOf);
}
