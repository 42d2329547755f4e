import { describe, expect, it } from 'vitest';
import { contractOf, declaredProblems, type DocumentedOperation } from '../../testing/contract.ts';
import { newId } from '../../testing/examples.ts';
import { composeHttpOver, storesThat, tokenMint } from '../../testing/order-api.ts';
import { StorageError } from '../../use-cases/storage-error.ts';

const mint = await tokenMint();

/** The service when every transaction ends with this error. */
async function failingApi(error: Error) {
  const fail = async (): Promise<never> => {
    throw error;
  };
  return composeHttpOver(mint, { ...storesThat(fail), signal: AbortSignal.abort() });
}

/** All that an error of the driver tells and no client may read. */
const planted = Object.assign(
  new Error('insert into "order_items" ("order_id") values ($1) - relation "secret_table" does not exist'),
  {
    code: '42P01',
    detail: 'Key (email)=(ada@example.com) already exists.',
    table: 'secret_table',
    constraint: 'uq_secret',
    query: 'select * from secret_table',
    stack: 'Error\n    at Object.<anonymous> (/srv/waybill/services/order-api/src/app.ts:1:1)',
  },
);
const broken = await failingApi(planted);
const away = await failingApi(new StorageError({ sqlState: '57P01', cause: planted }));
const { operations } = contractOf((await broken.inject('/openapi.json')).json());
const everything = await mint.token();
const nothing = await mint.token({ scopes: [] });

type Overrides = {
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly payload?: string;
};

function textOf(example: unknown): string {
  if (typeof example !== 'string') throw new Error('a header without an example');
  return example;
}

/** The request that the document itself gives as an example, with some of it replaced. */
async function ask(http: typeof broken, operation: DocumentedOperation, overrides: Overrides = {}) {
  const { method, path, parameters = [], requestBody } = operation;
  const example = requestBody?.content['application/json'].example;
  const headers = parameters
    .filter((one) => one.in === 'header' && one.required)
    .map(({ name, example: value, schema }) => [name, textOf(value ?? schema.examples?.[0])]);
  const answer = await http.inject({
    method: method === 'PUT' || method === 'POST' ? method : 'GET',
    url: path.replaceAll(/\{[^}]+\}/g, newId()) + (overrides.query ?? ''),
    headers: {
      authorization: `Bearer ${everything}`,
      ...(example && { 'content-type': 'application/json' }),
      ...Object.fromEntries(headers),
      ...overrides.headers,
    },
    ...(example && { payload: overrides.payload ?? JSON.stringify(example) }),
  });
  const problem =
    answer.statusCode < 400 ? undefined : answer.json<{ type: string }>().type.split('/').at(-1);
  return { status: answer.statusCode, problem, text: answer.payload, headers: answer.headers };
}

/** Operations that declare the problem. One that none declares would make its test an empty table, which is red. */
const declaring = (name: string) => operations.filter((one) => declaredProblems(one).includes(name));
const changing = operations.filter(({ requestBody }) => requestBody !== undefined);
const touchingData = operations.filter(({ path }) => path.startsWith('/v1/'));

describe('an operation that declares a problem answers it:', () => {
  it.each(declaring('unauthenticated'))('unauthenticated, $operationId', async (operation) => {
    const answer = await ask(broken, operation, { headers: { authorization: 'Bearer nonsense' } });
    expect(answer).toMatchObject({ status: 401, problem: 'unauthenticated' });
    expect(answer.headers).toHaveProperty('www-authenticate');
  });

  it.each(declaring('forbidden'))('forbidden, $operationId', async (operation) => {
    const answer = await ask(broken, operation, { headers: { authorization: `Bearer ${nothing}` } });
    expect(answer).toMatchObject({ status: 403, problem: 'forbidden' });
  });

  it.each(declaring('invalid-json'))('invalid-json, $operationId', async (operation) => {
    expect(await ask(broken, operation, { payload: '{' })).toMatchObject({ problem: 'invalid-json' });
  });

  it.each(declaring('body-too-large'))('body-too-large, $operationId', async (operation) => {
    const payload = JSON.stringify(' '.repeat(3_000_000));
    expect(await ask(broken, operation, { payload })).toMatchObject({ problem: 'body-too-large' });
  });

  it.each(declaring('unsupported-media-type'))('unsupported-media-type, $operationId', async (operation) => {
    const answer = await ask(broken, operation, { headers: { 'content-type': 'text/plain' } });
    expect(answer).toMatchObject({ problem: 'unsupported-media-type' });
  });

  it.each(changing)('invalid-request, $operationId', async (operation) => {
    expect(await ask(broken, operation, { payload: '[]' })).toMatchObject({ problem: 'invalid-request' });
  });

  it.each(declaring('invalid-cursor'))('invalid-cursor, $operationId', async (operation) => {
    expect(await ask(broken, operation, { query: '?cursor=bm9uc2Vuc2U' })).toMatchObject({
      problem: 'invalid-cursor',
    });
  });

  it.each(declaring('idempotency-key-required'))(
    'idempotency-key-required, $operationId',
    async (operation) => {
      const answer = await ask(broken, operation, { headers: { 'idempotency-key': 'two words' } });
      expect(answer).toMatchObject({ problem: 'idempotency-key-required' });
    },
  );

  it.each(touchingData)('internal-error, $operationId', async (operation) => {
    expect(await ask(broken, operation)).toMatchObject({ status: 500, problem: 'internal-error' });
  });

  it.each(touchingData)('service-unavailable, $operationId', async (operation) => {
    const answer = await ask(away, operation);
    expect(answer).toMatchObject({ status: 503, problem: 'service-unavailable' });
    expect(answer.headers).toHaveProperty('retry-after');
  });
});

describe('an error of the database', () => {
  it.each(touchingData)('tells $operationId’s client nothing of the inside', async (operation) => {
    for (const http of [broken, away]) {
      const { text, headers } = await ask(http, operation);
      expect(`${text}${JSON.stringify(headers)}`).not.toMatch(
        /insert|select|secret|order_items|uq_|42P01|57P01|ada@|\.ts|node_modules|\/srv/i,
      );
    }
  });
});
