/** One kind of problem: what a client reads about it at its URL. */
export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** When it is answered: one sentence. */
  readonly when: string;
  /** What the client does about it. */
  readonly remedy: string;
}

/**
 * Everything that can go wrong for a client, in one place. `type` of a problem is `${PUBLIC_URL}/problems/<name>`,
 * where this text is served; a test holds that each is declared by an operation and can be produced.
 */
export const problemCatalogue = {
  'invalid-request': {
    status: 400,
    title: 'The request is not shaped as it should be',
    when: 'A part of the request is missing, unknown, of another type or out of its bounds.',
    remedy: 'Correct the places that `errors` points at. The same request will fail again.',
  },
  'invalid-json': {
    status: 400,
    title: 'The body is not JSON',
    when: 'The body is empty, cut off or not JSON.',
    remedy: 'Send one JSON object, encoded as UTF-8.',
  },
  'invalid-cursor': {
    status: 400,
    title: 'The cursor does not belong to this list',
    when: 'The cursor was made by another list, or by this list with another filter, or by somebody else.',
    remedy: 'Pass `next_cursor` of the page before with the same path and filter, or begin without a cursor.',
  },
  'idempotency-key-required': {
    status: 400,
    title: 'The Idempotency-Key header is missing or malformed',
    when: 'The call could do harm when repeated and came without a usable key.',
    remedy:
      'Send one key of 1 to 255 visible ASCII characters: a new one per intent, the same for its retries.',
  },
  unauthenticated: {
    status: 401,
    title: 'A valid bearer token is required',
    when: 'The token is missing, expired, not yet valid, for another service or not signed by a known key.',
    remedy: 'Get a new token and send it as Authorization: Bearer <token>.',
  },
  forbidden: {
    status: 403,
    title: 'The token does not allow this',
    when: 'The token is valid but lacks the scope, or asks for something that is not its subject’s own.',
    remedy: 'Use a token with the scope that WWW-Authenticate or the detail names.',
  },
  'not-found': {
    status: 404,
    title: 'There is no such thing',
    when: 'Nothing is at this path, or it belongs to somebody else, which is not told apart.',
    remedy: 'Check the path and the id, and whose token was sent.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'The path does not have this method',
    when: 'The path is known, and the method is none that it has.',
    remedy: 'Use one of the methods that the header Allow names.',
  },
  'request-timeout': {
    status: 408,
    title: 'The request took too long to come',
    when: 'The head or the body of the request was not there in time. The connection is closed.',
    remedy: 'Send it again over a new connection. Nothing was carried out.',
  },
  'duplicate-email': {
    status: 409,
    title: 'Another user has this e-mail address',
    when: 'A user with this e-mail address, in whatever case, exists already or was made at the same moment.',
    remedy: 'Use PUT /v1/users to make or change the user with this address.',
  },
  'duplicate-sku': {
    status: 409,
    title: 'Another product has this SKU',
    when: 'A product with this stock keeping unit exists already.',
    remedy: 'Choose another SKU, or change the stock of the product that there is.',
  },
  'insufficient-stock': {
    status: 409,
    title: 'There is not enough in stock',
    when: 'At least one product has less in stock than asked for; `items` says which and how much there is.',
    remedy: 'Ask for less, or again later. Nothing was taken; the same key may be used again.',
  },
  'request-in-progress': {
    status: 409,
    title: 'The first request with this key is still running',
    when: 'A request with the same key has not ended yet.',
    remedy: 'Wait for the seconds of Retry-After and send the same request with the same key.',
  },
  'not-cancellable': {
    status: 409,
    title: 'The order cannot be cancelled any more',
    when: 'The order is cancelled already, by a request with another key.',
    remedy: 'Read the order: there is nothing left to do.',
  },
  'precondition-failed': {
    status: 412,
    title: 'The order has changed since it was read',
    when: 'If-Match names no version that the order is in now.',
    remedy: 'Read the order again, decide whether it is still to be cancelled, and send its new ETag.',
  },
  'body-too-large': {
    status: 413,
    title: 'The body is too large',
    when: 'The body is larger than the service reads.',
    remedy: 'Split the request into several.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body must be application/json',
    when: 'The body came with another media type, or none.',
    remedy: 'Send Content-Type: application/json.',
  },
  'precondition-required': {
    status: 428,
    title: 'The request must say which version it is about',
    when: 'The request would change something that others change too, and came without If-Match.',
    remedy: 'Send If-Match with the ETag of the order as you read it.',
  },
  'unknown-user': {
    status: 422,
    title: 'There is no such user',
    when: 'The order is for a user who does not exist.',
    remedy: 'Register the user first, or correct `user_id`.',
  },
  'unknown-product': {
    status: 422,
    title: 'There is no such product',
    when: 'At least one product does not exist; `errors` points at each.',
    remedy: 'Correct the places that `errors` points at.',
  },
  'mixed-currencies': {
    status: 422,
    title: 'One order is in one currency',
    when: 'The products of one order are sold in different currencies.',
    remedy: 'Place one order per currency.',
  },
  'unsupported-currency': {
    status: 422,
    title: 'This currency is not supported',
    when: 'The currency is none that Waybill sells in.',
    remedy: 'Use one of the currencies that the catalogue has.',
  },
  'total-too-large': {
    status: 422,
    title: 'The total is more than an order can hold',
    when: 'The total exceeds 9999999999.99.',
    remedy: 'Place several smaller orders.',
  },
  'stock-too-large': {
    status: 422,
    title: 'The stock is more than a product can have',
    when: 'A product would have more than 2147483647 in stock.',
    remedy:
      'Correct the places that `errors` points at, or take goods out of stock first. Nothing was changed.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'The key was used for another request',
    when: 'The same key came with another body within 24 hours.',
    remedy: 'Use a new key for a new intent; repeat the old request unchanged to get its answer.',
  },
  'too-many-requests': {
    status: 429,
    title: 'Too many requests in a minute',
    when: 'The principal, or the address where no token is asked for, has used up its requests of this minute.',
    remedy: 'Wait for the seconds of Retry-After, and spread requests.',
  },
  'head-too-large': {
    status: 431,
    title: 'The head of the request is too large',
    when: 'The request line and the headers are larger than the service reads. The connection is closed.',
    remedy: 'Send fewer or shorter headers, and a shorter query.',
  },
  'internal-error': {
    status: 500,
    title: 'Something went wrong here',
    when: 'The request failed for a reason that is not the client’s.',
    remedy: 'Retry with the same Idempotency-Key; if it stays, report the request id of `instance`.',
  },
  'service-unavailable': {
    status: 503,
    title: 'Try again in a moment',
    when: 'The service or what it needs is overloaded, away or closing.',
    remedy:
      'Wait for the seconds of Retry-After and retry, with the same Idempotency-Key where there is one.',
  },
} as const satisfies Readonly<Record<string, ProblemKind>>;

export type ProblemName = keyof typeof problemCatalogue;
