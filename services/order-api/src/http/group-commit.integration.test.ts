import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { unobserved } from '../observability/observability.ts';
import { type Barrier, barrier } from '../testing/barrier.ts';
import { aProduct, aUser, newId } from '../testing/examples.ts';
import { type Answer, composeOrderApi, type RunningOrderApi } from '../testing/order-api.ts';
import { openOrderDatabase } from '../testing/order-database.ts';
import { stockOf } from '../testing/stock.ts';
import { noGroupObserver } from '../use-cases/group-queue.ts';

const [ada, tea] = [aUser(), aProduct({ stock: 1_000 })];
let running: RunningOrderApi;
let token: string;
let held: Barrier;
const queue = { waiting: 0 };

beforeAll(async () => {
  const database = await openOrderDatabase();
  held = barrier(database.transactions);
  running = await composeOrderApi(database, {
    transactions: held.transactions,
    groups: { groupSize: 64, groupsAtOnce: 1, waitingAtMost: 10 },
    observability: {
      ...unobserved,
      groups: { ...noGroupObserver, changed: (waiting) => Object.assign(queue, { waiting }) },
    },
  });
  token = await running.token({ subject: ada.id });
  await database.transactions.write(async ({ users, products }) => {
    users.add(ada);
    products.add(tea);
  });
});
afterEach(() => held.lift());
afterAll(() => running[Symbol.asyncDispose]());

function order(changes: { productId?: string; quantity?: number; key?: string } = {}): Promise<Answer> {
  const { productId = tea.id, quantity = 1, key = newId() } = changes;
  return running.call({
    method: 'POST',
    path: '/v1/orders',
    token,
    body: { user_id: ada.id, items: [{ product_id: productId, quantity }] },
    headers: { 'idempotency-key': key },
  });
}

/** Lets one order hold the queue, so that those placed by `arrive` stand in one group once it is let go. */
async function inOneGroup<T>(waiting: number, arrive: () => readonly Promise<T>[]): Promise<readonly T[]> {
  held.lower();
  const first = order();
  await held.reached();
  const others = arrive();
  await vi.waitFor(() => expect(queue.waiting).toBe(waiting), { timeout: 30_000 });
  held.lift();
  expect((await first).status).toBe(201);
  return Promise.all(others);
}

describe('orders that arrive while another is being written', () => {
  it('share one unit of work and get an answer each', async () => {
    running.database.takeStatements();
    const answers = await inOneGroup(8, () => Array.from({ length: 8 }, () => order()));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 201));
    expect(new Set(answers.map((answer) => answer.json()['id'])).size).toBe(8);
    const commits = running.database.takeStatements().filter((text) => text === 'commit');
    expect(commits).toHaveLength(2);
  });

  it('do not fail with one that breaks a rule', async () => {
    const answers = await inOneGroup(4, () => [
      order(),
      order({ productId: newId() }),
      order({ quantity: 1_000 }),
      order(),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([201, 422, 409, 201]);
  });

  it('wait for the first one where they repeat its key', async () => {
    const key = newId();
    const answers = await inOneGroup(3, () => [order({ key }), order({ key }), order({ key })]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    const marks = answers.map(({ headers }) => headers['idempotent-replayed']);
    expect(marks.filter((mark) => mark === 'true')).toHaveLength(2);
  });

  it('find their orders when the answer to the COMMIT of all is lost', async () => {
    const before = await stockOf(running.database, tea.id);
    const answers = await inOneGroup(5, () => {
      held.loseAnswerOf(2);
      return Array.from({ length: 5 }, () => order());
    });
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
    expect(await stockOf(running.database, tea.id)).toBe(before - 6);
  });
});

describe('when more wait than may', () => {
  it('answers 503 with Retry-After at once, and takes orders again when there is room', async () => {
    held.lower();
    const first = order();
    await held.reached();
    const taken = Array.from({ length: 10 }, () => order());
    await vi.waitFor(() => expect(queue.waiting).toBe(10), { timeout: 30_000 });
    const turnedAway = await order();
    expect([turnedAway.status, turnedAway.headers['retry-after']]).toEqual([503, '1']);
    held.lift();
    const answers = await Promise.all([first, ...taken]);
    expect(answers.every(({ status }) => status === 201)).toBe(true);
    expect((await order()).status).toBe(201);
  });
});

describe('a client that goes away', () => {
  it('before its group begins gets no order; once it has begun, it does', async () => {
    const address = new URL(await running.http.listen({ host: '127.0.0.1', port: 0 }));
    const send = async (key: string) => {
      const body = JSON.stringify({ user_id: ada.id, items: [{ product_id: tea.id, quantity: 1 }] });
      const socket = connect(Number(address.port), address.hostname);
      await once(socket, 'connect');
      socket.write(
        [
          'POST /v1/orders HTTP/1.1',
          'host: a',
          `authorization: Bearer ${token}`,
          'content-type: application/json',
          `content-length: ${body.length}`,
          `idempotency-key: ${key}`,
          '',
          body,
        ].join('\r\n'),
      );
      return socket;
    };
    const [begun, waiting] = [newId(), newId()];
    held.lower();
    const first = await send(begun);
    await held.reached();
    const second = await send(waiting);
    await vi.waitFor(() => expect(queue.waiting).toBe(1), { timeout: 30_000 });
    const connections = () =>
      new Promise((resolve) => running.http.server.getConnections((_, n) => resolve(n)));
    first.destroy();
    second.destroy();
    await vi.waitFor(async () => expect(await connections()).toBe(0), { timeout: 30_000 });
    held.lift();
    expect((await order()).status).toBe(201);
    const stored = (key: string) =>
      running.database.transactions.write(({ idempotency }) =>
        idempotency.find([{ principal: ada.id, route: 'POST /v1/orders', key }], new Date()),
      );
    expect([await stored(begun), await stored(waiting)]).toMatchObject([[{ answer: { status: 201 } }], []]);
    // It asks again: for what was written without it, and for what was not.
    const [known, unknown] = [await order({ key: begun }), await order({ key: waiting })];
    expect([known.status, known.headers['idempotent-replayed']]).toEqual([201, 'true']);
    expect([unknown.status, unknown.headers['idempotent-replayed']]).toEqual([201, undefined]);
  });
});
