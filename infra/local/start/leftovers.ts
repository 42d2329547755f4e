import { pidFileOf } from '../child-server.ts';
import { endLeftover } from '../leftover.ts';
import type { Progress } from '../local-server.ts';
import { dataDirOf, runDir } from './home.ts';

/** As in shutdown.ts: each before what it needs. */
const places = [
  { name: 'order-api', runDir, stopSignal: 'SIGTERM' },
  { name: 'outbox-relay', runDir, stopSignal: 'SIGTERM' },
  { name: 'jobs', runDir, stopSignal: 'SIGTERM' },
  { name: 'sales-projection', runDir, stopSignal: 'SIGTERM' },
  { name: 'Kafka', runDir: dataDirOf('kafka'), stopSignal: 'SIGTERM' },
  { name: 'Redis', runDir: dataDirOf('redis'), stopSignal: 'SIGTERM' },
  { name: 'PostgreSQL', runDir: dataDirOf('postgres'), stopSignal: 'SIGINT' },
] as const;

/** Ends what a killed run left running, so that its ports are free again and nothing of it works on. */
export async function endLeftovers(progress: Progress): Promise<void> {
  for (const place of places) {
    await endLeftover(
      pidFileOf(place),
      place.name,
      { stopSignal: place.stopSignal, limitMs: 8_000 },
      progress,
    );
  }
}
