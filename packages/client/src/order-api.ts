import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import createClient, { type Client } from 'openapi-fetch';
import { type ClientPaths, isKeyed } from './keyed-paths.ts';
import { defaultPatience, type Patience, type Repeatable, type Tried, waitBeforeNext } from './patience.ts';
import { errorOf } from './problem-error.ts';

export interface OrderApiOptions {
  /** Without a slash at its end. */
  readonly url: string;
  /** Asked for each request, so that a token may be renewed. */
  readonly token: () => string | Promise<string>;
  /** Ends waiting and requests. */
  readonly signal: AbortSignal;
  readonly patience?: Partial<Patience>;
}

/** The order API's calls, typed by its OpenAPI document: `api.POST('/v1/orders', { body })`. */
export type OrderApi = Client<ClientPaths>;

/**
 * A client that sends the token, makes an Idempotency-Key where one is needed and none is given, and tries again with
 * the same key while the API says later or does not answer.
 *
 * Its calls reject with an ApiProblemError for every answer that is no success, with an UnexpectedAnswerError when
 * somebody else answered, with the signal's reason when it ended, and with fetch's own error when nobody answered.
 */
export function orderApi({ url, token, signal, patience = {} }: OrderApiOptions): OrderApi {
  const limits = { ...defaultPatience, ...patience };
  const api = createClient<ClientPaths>({
    baseUrl: url,
    fetch: (request) => send(request, repeatableOf(request), limits, signal),
  });
  api.use({
    async onRequest({ request, schemaPath }) {
      request.headers.set('authorization', `Bearer ${await token()}`);
      if (request.method === 'POST' && isKeyed(schemaPath) && !request.headers.has('idempotency-key')) {
        request.headers.set('idempotency-key', randomUUID());
      }
      return request;
    },
    async onResponse({ response }) {
      if (!response.ok) throw await errorOf(response);
      return response;
    },
  });
  return api;
}

/** The body of a success. Calls of {@link orderApi} reject when there is none; this says so to the compiler. */
export function bodyOf<Body>(result: { readonly data?: Body }): Body {
  if (result.data === undefined) throw new TypeError('a call without an error has a body');
  return result.data;
}

/** Reading and PUT may be repeated (RFC 9110, 9.2.2), and so may what the API carries out once per key. */
function repeatableOf(request: Request): Repeatable {
  return request.method !== 'POST' || request.headers.has('idempotency-key') ? 'repeatable' : 'once';
}

async function send(
  request: Request,
  repeatable: Repeatable,
  limits: Patience,
  signal: AbortSignal,
): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const attempted = await tryOnce(request.clone(), limits, signal);
    const tried: Tried =
      attempted.kind === 'failed'
        ? { kind: 'unanswered' }
        : {
            kind: 'answered',
            status: attempted.response.status,
            retryAfter: attempted.response.headers.get('retry-after'),
          };
    const waitMs = waitBeforeNext(tried, repeatable, attempt, limits, Math.random());
    if (waitMs === undefined || signal.aborted) {
      if (attempted.kind === 'failed') throw attempted.error;
      return attempted.response;
    }
    if (attempted.kind === 'answered') await attempted.response.body?.cancel();
    await delay(waitMs, undefined, { signal });
  }
}

type Attempted =
  | { readonly kind: 'answered'; readonly response: Response }
  | { readonly kind: 'failed'; readonly error: unknown };

/** An answer counts when its body is here too: one that breaks off is none. */
async function tryOnce(
  request: Request,
  { answerWithinMs }: Patience,
  signal: AbortSignal,
): Promise<Attempted> {
  try {
    const response = await fetch(request, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]),
    });
    const { status, statusText, headers } = response;
    const whole = new Response(await response.arrayBuffer(), { status, statusText, headers });
    return { kind: 'answered', response: whole };
  } catch (error) {
    return { kind: 'failed', error };
  }
}
