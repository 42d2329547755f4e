import { retryable } from '@waybill/retry';
import { type Static, type TSchema, Type } from 'typebox';
import Value from 'typebox/value';
import { OperatorError } from '../operator-error.ts';

const Id = Type.Object({ id: Type.String() });
const PlacedOrder = Type.Object({
  id: Type.String(),
  user_id: Type.String(),
  total: Type.String(),
  currency: Type.String(),
});
export type PlacedOrder = Static<typeof PlacedOrder>;

export interface NewProduct {
  readonly sku: string;
  readonly name: string;
  readonly price: string;
  readonly currency: string;
  readonly stock: number;
}

export interface NewOrder {
  readonly user_id: string;
  readonly items: readonly { readonly product_id: string; readonly quantity: number }[];
}

/** An answer other than the one hoped for. */
class UnexpectedAnswerError extends Error {
  readonly status: number;

  constructor(call: string, status: number, body: string) {
    super(`${call} answered ${status}: ${body.slice(0, 500)}`);
    this.name = 'UnexpectedAnswerError';
    this.status = status;
  }
}

/** Longest wait for one answer, in ms. */
const requestTimeoutMs = 10_000;

/** What the demo needs of the order API. */
export class OrderApiClient {
  readonly #url: string;
  readonly #token: string;
  readonly #signal: AbortSignal;

  constructor(url: string, token: string, signal: AbortSignal) {
    this.#url = url.replace(/\/$/, '');
    this.#token = token;
    this.#signal = signal;
  }

  /** @throws OperatorError when nothing answers there */
  async requireAnswer(): Promise<void> {
    try {
      await this.#request('GET', '/v1/products?limit=1', {});
    } catch (error) {
      throw new OperatorError(
        `The order API does not answer at ${this.#url} (${reasonOf(error)}): start it with npm start.`,
        { cause: error },
      );
    }
  }

  async createProduct(product: NewProduct): Promise<string> {
    return (await this.#post(Id, '/v1/products', product, {})).id;
  }

  async createUser(user: { readonly email: string; readonly name: string }): Promise<string> {
    return (await this.#post(Id, '/v1/users', user, {})).id;
  }

  /**
   * Places one order. Whatever gets lost on the way is sent again with the same key, so that it is one order.
   *
   * @throws OperatorError after five attempts, or when the API refuses
   */
  async placeOrder(order: NewOrder, idempotencyKey: string): Promise<PlacedOrder> {
    try {
      return await retryable(
        () => this.#post(PlacedOrder, '/v1/orders', order, { 'idempotency-key': idempotencyKey }),
        { attempts: 5, baseMs: 200, capMs: 2_000, random: Math.random, isRetryable },
        this.#signal,
      );
    } catch (error) {
      if (this.#signal.aborted) throw error;
      throw new OperatorError(`An order was not placed: ${reasonOf(error)}.`, { cause: error });
    }
  }

  async #post<T extends TSchema>(
    schema: T,
    path: string,
    body: object,
    headers: Record<string, string>,
  ): Promise<Static<T>> {
    const answer = await this.#request('POST', path, {
      body: JSON.stringify(body),
      headers: { ...headers, 'content-type': 'application/json', authorization: `Bearer ${this.#token}` },
    });
    const parsed: unknown = JSON.parse(answer);
    if (Value.Check(schema, parsed)) return parsed;
    throw new OperatorError(`POST ${path} answered something else than the order API does: ${answer}`);
  }

  async #request(method: string, path: string, init: RequestInit): Promise<string> {
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(requestTimeoutMs)]);
    const response = await fetch(`${this.#url}${path}`, { ...init, method, signal });
    const body = await response.text();
    if (!response.ok) throw new UnexpectedAnswerError(`${method} ${path}`, response.status, body);
    return body;
  }
}

/** No answer, or one that says "later": 409 says that the first attempt is still under way. */
function isRetryable(error: unknown): boolean {
  if (error instanceof OperatorError) return false;
  if (!(error instanceof UnexpectedAnswerError)) return true;
  return error.status === 409 || error.status === 429 || error.status >= 500;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.message;
}
