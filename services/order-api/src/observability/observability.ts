import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Tracer } from '@opentelemetry/api';
import { type ProtectionObserver, unprotected } from '../http/protection/protection.ts';
import type { OrderPool } from '../persistence/orm.ts';
import { reportSlowStatements } from '../persistence/slow-statements.ts';
import { type GroupObserver, noGroupObserver } from '../use-cases/group-queue.ts';
import type { OnRepeat } from '../use-cases/repeat-policy.ts';
import type { Transactions } from '../use-cases/unit-of-work.ts';
import { measureGroups } from './group-metrics.ts';
import { measurePools } from './pool-metrics.ts';
import { countRepeats } from './repeat-metrics.ts';
import { measureProtection } from './protection-metrics.ts';
import { measureRequests } from './request-metrics.ts';
import { traceRequests } from './server-spans.ts';
import { tracedTransactions } from './traced-transactions.ts';

/** The eyes of the service, put in where it is composed. */
export interface Observability {
  /** Hooks of the HTTP app, set before its routes. */
  readonly instruments: readonly ((app: FastifyInstance) => void)[];
  readonly watchPool: (name: string, pool: OrderPool) => void;
  readonly traced: (transactions: Transactions) => Transactions;
  readonly groups: GroupObserver;
  readonly repeats: OnRepeat;
  readonly protection: ProtectionObserver;
}

/** For tests of something else. */
export const unobserved: Observability = {
  instruments: [],
  watchPool: () => undefined,
  traced: (transactions) => transactions,
  groups: noGroupObserver,
  repeats: () => undefined,
  protection: unprotected.observer,
};

export interface ObservabilityOptions {
  readonly registry: Registry;
  readonly tracing: { readonly state: 'off' } | { readonly state: 'on'; readonly tracer: Tracer };
  readonly logger: Logger;
  readonly slowStatementMs: number;
  /** Monotonic time in ms. */
  readonly monotonic: () => number;
}

export function observabilityOf(options: ObservabilityOptions): Observability {
  const { registry, tracing, logger, slowStatementMs, monotonic } = options;
  const countPool = measurePools(registry);
  const measured = measureRequests(registry);
  return {
    instruments: tracing.state === 'on' ? [traceRequests(tracing.tracer), measured] : [measured],
    watchPool(name, pool) {
      countPool(name, pool);
      reportSlowStatements(pool, slowStatementMs, monotonic, (slow) =>
        logger.warn({ ...slow, pool: name }, 'slow statement'),
      );
    },
    traced: (transactions) =>
      tracing.state === 'on' ? tracedTransactions(transactions, tracing.tracer) : transactions,
    groups: measureGroups(registry),
    repeats: countRepeats(registry),
    protection: measureProtection(registry),
  };
}
