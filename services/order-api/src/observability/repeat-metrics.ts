import { Counter, type Registry } from 'prom-client';
import type { OnRepeat } from '../use-cases/repeat-policy.ts';
import { StorageError } from '../use-cases/storage-error.ts';

/** Units of work that were tried again, by the SQLSTATE that made them. A rising 40P01 means locks out of order. */
export function countRepeats(registry: Registry): OnRepeat {
  const counter = new Counter({
    name: 'waybill_api_repeats_total',
    help: 'Units of work that were tried again after a passing failure, by SQLSTATE.',
    labelNames: ['sqlstate'],
    registers: [registry],
  });
  return (error) => counter.inc({ sqlstate: error instanceof StorageError ? error.sqlState : 'other' });
}
