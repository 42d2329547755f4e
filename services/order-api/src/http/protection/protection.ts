import helmet from '@fastify/helmet';
import underPressure from '@fastify/under-pressure';
import type { FastifyInstance } from 'fastify';
import { ProblemError } from '../problems.ts';
import { closeInOrder } from './closing.ts';
import { excessOf } from './json-limits.ts';
import { overloaded } from './overloaded.ts';
import { limitRates, type RateLimit } from './rate-limit.ts';

export interface Protection {
  /** Times in ms. */
  readonly timeouts: Timeouts;
  /** In ms: above it requests are turned away until the event loop has caught up. 0: never. */
  readonly maxEventLoopDelayMs: number;
  /** Addresses or networks whose `x-forwarded-for` is believed. */
  readonly trustedProxies: readonly string[];
  readonly rateLimit: RateLimit;
  readonly observer: ProtectionObserver;
}

export interface Timeouts {
  /** For the head of a request. */
  readonly headersMs: number;
  /** For the whole request, its body included. */
  readonly requestMs: number;
  /** Between an answer and the next request. Above that of a load balancer, or it sends into a closing connection. */
  readonly keepAliveMs: number;
  /** From the stop: what still runs then is answered 503. Below what the process has for closing. */
  readonly drainMs: number;
}

/** Told what is turned away, for metrics. Must neither throw nor wait. */
export interface ProtectionObserver {
  /** The event loop was late. */
  shed(): void;
  /** A principal or an address has used up its rate. */
  limited(): void;
  /** A request was let pass because Redis could not be asked for its rate. */
  unchecked(): void;
}

/** For tests of something else. Slow clients are waited for as in production; nothing is turned away. */
export const unprotected: Protection = {
  timeouts: { headersMs: 10_000, requestMs: 15_000, keepAliveMs: 72_000, drainMs: 7_000 },
  maxEventLoopDelayMs: 0,
  trustedProxies: [],
  rateLimit: { kind: 'off' },
  observer: { shed: () => undefined, limited: () => undefined, unchecked: () => undefined },
};

/** In ms. The delay is measured over so long. */
const SAMPLE_MS = 500;

/** Put before the first route, behind the error handler. */
export async function protect(app: FastifyInstance, protection: Protection): Promise<void> {
  const { maxEventLoopDelayMs, observer, rateLimit } = protection;
  closeInOrder(app, protection.timeouts.drainMs);
  parseJsonWithinLimits(app);
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      // Answers are data. The few pages have styles at most; what needs more says so itself.
      directives: {
        'default-src': ["'none'"],
        'style-src': ["'self'", "'unsafe-inline'"],
        'img-src': ["'self'", 'data:'],
        'base-uri': ["'none'"],
        'form-action': ["'none'"],
        'frame-ancestors': ["'none'"],
      },
    },
  });
  if (maxEventLoopDelayMs > 0) await shedLoad(app, maxEventLoopDelayMs, observer);
  await limitRates(app, rateLimit, observer);
}

/**
 * Two samples in a row have to be late. One is what starting, a collection or a machine that looks elsewhere for half a
 * second leaves behind, when the loop is calm again: the plugin takes a sample without a measurement for an endless delay.
 */
async function shedLoad(app: FastifyInstance, limitMs: number, observer: ProtectionObserver): Promise<void> {
  let lateSamples = 0;
  await app.register(underPressure, {
    maxEventLoopDelay: limitMs,
    sampleInterval: SAMPLE_MS,
    pressureHandler() {
      if (lateSamples < 2) return;
      observer.shed();
      throw overloaded('The service is overloaded. The request was not carried out.');
    },
  });
  const sampling = setInterval(() => {
    lateSamples = app.isUnderPressure() ? lateSamples + 1 : 0;
  }, SAMPLE_MS);
  sampling.unref();
  app.addHook('onClose', () => clearInterval(sampling));
}

function parseJsonWithinLimits(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = String(body);
    const excess = excessOf(text);
    if (excess === undefined) return parse(request, text, done);
    done(new ProblemError({ name: 'invalid-request', detail: excess }));
  });
}
