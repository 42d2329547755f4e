import { Type } from 'typebox';

/** Everything that can go wrong for a client, in one place. `type` of a problem is `${PUBLIC_URL}/problems/<name>`. */
export const problemCatalogue = {
  'invalid-request': { status: 400, title: 'The request is not shaped as it should be' },
  'invalid-json': { status: 400, title: 'The body is not JSON' },
  'invalid-cursor': { status: 400, title: 'The cursor does not belong to this list' },
  'idempotency-key-required': { status: 400, title: 'The Idempotency-Key header is missing or malformed' },
  unauthenticated: { status: 401, title: 'A valid bearer token is required' },
  forbidden: { status: 403, title: 'The token does not allow this' },
  'not-found': { status: 404, title: 'There is no such thing' },
  'duplicate-email': { status: 409, title: 'Another user has this e-mail address' },
  'duplicate-sku': { status: 409, title: 'Another product has this SKU' },
  'insufficient-stock': { status: 409, title: 'There is not enough in stock' },
  'request-in-progress': { status: 409, title: 'The first request with this key is still running' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body must be application/json' },
  'unknown-user': { status: 422, title: 'There is no such user' },
  'unknown-product': { status: 422, title: 'There is no such product' },
  'mixed-currencies': { status: 422, title: 'One order is in one currency' },
  'unsupported-currency': { status: 422, title: 'This currency is not supported' },
  'total-too-large': { status: 422, title: 'The total is more than an order can hold' },
  'idempotency-key-reused': { status: 422, title: 'The key was used for another request' },
  'internal-error': { status: 500, title: 'Something went wrong here' },
  'service-unavailable': { status: 503, title: 'Try again in a moment' },
} as const;

export type ProblemName = keyof typeof problemCatalogue;

/** RFC 9457, with `errors` as in its section 3 and, for a lack of stock, the items. */
export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.String({ description: 'the id of the request' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object(
          { pointer: Type.String({ description: 'JSON pointer, RFC 6901' }), detail: Type.String() },
          { additionalProperties: false },
        ),
      ),
    ),
    items: Type.Optional(
      Type.Array(
        Type.Object(
          { product_id: Type.String(), requested: Type.Integer(), available: Type.Integer() },
          { additionalProperties: false },
        ),
      ),
    ),
  },
  { additionalProperties: false },
);
export type Problem = Type.Static<typeof Problem>;

/** A problem before it knows which request it answers. */
export interface ProblemReport {
  readonly name: ProblemName;
  /** One sentence for a person. Never a stack, SQL, or the name of a table. */
  readonly detail: string;
  readonly errors?: NonNullable<Problem['errors']>;
  readonly items?: NonNullable<Problem['items']>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown by a handler or a hook to answer with a problem. */
export class ProblemError extends Error {
  readonly code = 'PROBLEM';
  readonly report: ProblemReport;

  constructor(report: ProblemReport) {
    super(report.detail);
    this.name = 'ProblemError';
    this.report = report;
  }
}

export function problemOf(report: ProblemReport, publicUrl: string, requestId: string): Problem {
  const { name, detail, errors, items } = report;
  const { title, status } = problemCatalogue[name];
  return {
    type: `${publicUrl}/problems/${name}`,
    title,
    status,
    detail,
    instance: requestId,
    ...(errors && { errors: [...errors] }),
    ...(items && { items: [...items] }),
  };
}
