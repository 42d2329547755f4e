import {
  type Context,
  context,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type SpanContext,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { StorageError } from '../use-cases/storage-error.ts';
import type { Transactions, UnitOfWork } from '../use-cases/unit-of-work.ts';

/** What a unit of work turned out to be, once it is over. */
interface Outcome {
  readonly name: 'unit of work' | 'read';
  readonly startTime: number;
  readonly parent: Context;
  readonly links: readonly Link[];
  readonly error?: unknown;
}

/**
 * A span per transaction. One that writes events for several requests belongs to none of their traces: it begins one
 * of its own, linked to each. Whose work it is shows only as it is done, so the span is made afterwards, with the
 * time at which the work began.
 */
export function tracedTransactions(transactions: Transactions, tracer: Tracer): Transactions {
  return {
    async write(work) {
      const [startTime, caller] = [now(), context.active()];
      const asked = new Map<string, SpanContext>();
      const watched = (unit: UnitOfWork) => work({ ...unit, outbox: watchedOutbox(unit.outbox, asked) });
      const outcome = () => ({ name: 'unit of work' as const, startTime, ...belonging(asked, caller) });
      return recorded(tracer, () => transactions.write(watched), outcome);
    },
    async read(work) {
      const outcome = { name: 'read' as const, startTime: now(), parent: context.active(), links: [] };
      return recorded(
        tracer,
        () => transactions.read(work),
        () => outcome,
      );
    },
  };
}

async function recorded<T>(tracer: Tracer, run: () => Promise<T>, outcome: () => Outcome): Promise<T> {
  try {
    const result = await run();
    record(tracer, outcome());
    return result;
  } catch (error) {
    record(tracer, { ...outcome(), error });
    throw error;
  }
}

function record(tracer: Tracer, { name, startTime, parent, links, error }: Outcome): void {
  const span = tracer.startSpan(name, { startTime, links: [...links] }, parent);
  if (links.length > 0) span.setAttribute('waybill.requests', links.length);
  if (error !== undefined) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    // The state and no more: a driver's message may quote a row.
    if (error instanceof StorageError) span.setAttribute('db.response.status_code', error.sqlState);
  }
  span.end(now());
}

/** Notes the trace context of each request whose event is written. */
function watchedOutbox(outbox: UnitOfWork['outbox'], asked: Map<string, SpanContext>): UnitOfWork['outbox'] {
  return {
    enqueue(event) {
      const asking = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, event.headers));
      if (asking) asked.set(asking.spanId, asking);
      outbox.enqueue(event);
    },
  };
}

/** @param caller the context for work that wrote no event */
function belonging(
  asked: ReadonlyMap<string, SpanContext>,
  caller: Context,
): Pick<Outcome, 'parent' | 'links'> {
  const [only, ...others] = asked.values();
  if (!only) return { parent: caller, links: [] };
  if (others.length === 0) return { parent: trace.setSpanContext(ROOT_CONTEXT, only), links: [] };
  return {
    parent: ROOT_CONTEXT,
    links: [...asked.values()].map((spanContext) => ({ context: spanContext })),
  };
}

/** Milliseconds since 1970, with fractions. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
