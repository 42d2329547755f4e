import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { knownPrincipal } from '../authentication.ts';
import { ProblemError } from '../problems.ts';

const WINDOW_MS = 60_000;

export type RateLimit =
  | { readonly kind: 'off' }
  | { readonly kind: 'per minute'; readonly requests: number; readonly counter: RateCounter };

/** Counts over all processes of the service. */
export interface RateCounter {
  /**
   * Counts one more request of `key` in its window.
   *
   * @returns undefined when it cannot be known; never rejects
   */
  count(key: string, windowMs: number): Promise<Rate | undefined>;
}

export interface Rate {
  readonly requests: number;
  /** ms until the window ends. */
  readonly resetMs: number;
}

interface RateObserver {
  limited(): void;
  unchecked(): void;
}

/**
 * Limits the requests of each principal, and of each address where a route asks for none, over all processes of the
 * service. When the counter cannot be asked, requests pass: an outage of Redis must not become one of the orders.
 */
export async function limitRates(
  app: FastifyInstance,
  limit: RateLimit,
  observer: RateObserver,
): Promise<void> {
  if (limit.kind === 'off') return;
  const { requests, counter } = limit;
  class Store {
    incr(key: string, done: (error: Error | null, result?: { current: number; ttl: number }) => void): void {
      void counter.count(key, WINDOW_MS).then((rate) => {
        if (!rate) observer.unchecked();
        done(null, { current: rate?.requests ?? 0, ttl: rate?.resetMs ?? WINDOW_MS });
      });
    }
    child(): Store {
      return this;
    }
  }
  await app.register(rateLimit, {
    max: requests,
    timeWindow: WINDOW_MS,
    // Behind the route's own check of the token, which is where the principal comes from.
    hook: 'onRequest',
    keyGenerator: rateKeyOf,
    store: Store,
    errorResponseBuilder: (_request, { ttl }) => {
      observer.limited();
      const seconds = Math.max(1, Math.ceil(ttl / 1_000));
      return new ProblemError({
        name: 'too-many-requests',
        detail: `More than ${requests} requests in a minute. Wait for ${seconds} s.`,
        headers: { 'retry-after': String(seconds) },
      });
    },
  });
}

function rateKeyOf(request: FastifyRequest): string {
  const principal = knownPrincipal(request);
  return principal ? `principal:${principal.subject}` : `address:${request.ip}`;
}
