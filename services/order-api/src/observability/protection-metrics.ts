import { Counter, type Registry } from 'prom-client';
import type { ProtectionObserver } from '../http/protection/protection.ts';

/** What was turned away before it did any work, and what passed unchecked. */
export function measureProtection(registry: Registry): ProtectionObserver {
  const turnedAway = new Counter({
    name: 'waybill_api_requests_turned_away_total',
    help: 'Requests answered 503 because the event loop was late, or 429 because a rate was used up.',
    labelNames: ['reason'],
    registers: [registry],
  });
  const unchecked = new Counter({
    name: 'waybill_api_rate_unchecked_total',
    help: 'Requests that passed because Redis could not be asked for their rate.',
    registers: [registry],
  });
  const [shed, limited] = [turnedAway.labels('overload'), turnedAway.labels('rate')];
  shed.inc(0);
  limited.inc(0);
  return {
    shed: () => shed.inc(),
    limited: () => limited.inc(),
    unchecked: () => unchecked.inc(),
  };
}
