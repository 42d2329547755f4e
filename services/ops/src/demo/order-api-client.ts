import { bodyOf, type components, type OrderApi, orderApi } from '@waybill/client';
import { OperatorError } from '../operator-error.ts';

export type PlacedOrder = components['schemas']['Order'];
export type NewProduct = components['schemas']['NewProduct'];
export type NewOrder = components['schemas']['NewOrder'];

/** What the demo needs of the order API, with failures as an operator reads them. */
export class OrderApiClient {
  readonly #api: OrderApi;
  readonly #url: string;
  readonly #signal: AbortSignal;

  constructor(url: string, token: string, signal: AbortSignal) {
    this.#url = url.replace(/\/$/, '');
    this.#signal = signal;
    this.#api = orderApi({ url: this.#url, token: () => token, signal });
  }

  /** @throws OperatorError when nothing answers there */
  async requireAnswer(): Promise<void> {
    try {
      await this.#api.GET('/v1/products', { params: { query: { limit: 1 } } });
    } catch (error) {
      throw new OperatorError(
        `The order API does not answer at ${this.#url} (${reasonOf(error)}): start it with npm start.`,
        { cause: error },
      );
    }
  }

  async createProduct(product: NewProduct): Promise<string> {
    return bodyOf(await this.#api.POST('/v1/products', { body: product })).id;
  }

  async createUser(user: components['schemas']['NewUser']): Promise<string> {
    return bodyOf(await this.#api.POST('/v1/users', { body: user })).id;
  }

  /**
   * Places one order. Whatever gets lost on the way is sent again with the same key, so that it is one order.
   *
   * @throws OperatorError when the API refuses, or does not take it however often it is asked
   */
  async placeOrder(order: NewOrder, idempotencyKey: string): Promise<PlacedOrder> {
    try {
      const params = { header: { 'idempotency-key': idempotencyKey } };
      return bodyOf(await this.#api.POST('/v1/orders', { body: order, params }));
    } catch (error) {
      if (this.#signal.aborted) throw error;
      throw new OperatorError(`An order was not placed: ${reasonOf(error)}.`, { cause: error });
    }
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.message;
}
