import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { EncodedEvent } from '@waybill/contracts';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  byIdentity,
  expectedTotals,
  order,
  someOrders,
} from '../../services/sales-projection/src/orders.fixture.ts';
import { createTopics, publish, uniqueName } from '../../services/sales-projection/src/topics.fixture.ts';
import '../servers/provided.ts';
import { temporaryFolder } from '../servers/temporary-folder.ts';
import { type Ended, hasPython, pythonConsumer } from './python-program.ts';

const { kafkaBrokers } = inject('servers');
const folder = temporaryFolder();
const orders = someOrders(60);
const placed = orders.map((one) => one.placed);
const cancelled = orders.flatMap((one) => (one.cancelled ? [one.cancelled] : []));

let run: Awaited<ReturnType<typeof pythonConsumer>>;

/** Two topics of their own, and the program with its options for them. */
async function consumerOfNewTopics() {
  const topics = { placed: uniqueName('placed'), cancelled: uniqueName('cancelled') };
  await createTopics(kafkaBrokers, Object.values(topics));
  const database = path.join(folder.path, `${topics.placed}.db`);
  const group = uniqueName('python');
  return {
    send: (topic: keyof typeof topics, events: readonly EncodedEvent[]) =>
      publish(kafkaBrokers, topics[topic], events),
    /** @param asGroup another group reads everything from the beginning, into the same database */
    consume: (asGroup = group): Promise<Ended> =>
      run(
        '--brokers',
        kafkaBrokers.join(','),
        '--database',
        database,
        '--group',
        asGroup,
        '--until-end',
        '--topics',
        ...Object.values(topics),
      ),
  };
}

function totalsOf({ code, out, err }: Ended) {
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('events wait for an earlier one') });
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [user_id = '', currency = '', count = '', spent = ''] = line.split('\t');
      return { user_id, currency, orders: count, spent };
    })
    .toSorted(byIdentity);
}

const replayed = (event: EncodedEvent): EncodedEvent => ({
  ...event,
  headers: { ...event.headers, ce_epoch: '2', ce_replayed: 'true' },
});

describe.skipIf(!(await hasPython()))('a consumer in Python that knows only the contract', () => {
  beforeAll(async () => {
    run = await pythonConsumer();
  }, 120_000);
  afterAll(() => folder[Symbol.asyncDispose]());

  test('counts every order once and to the cent, whatever comes early, twice or again', async () => {
    const { send, consume } = await consumerOfNewTopics();

    await send('cancelled', cancelled);
    const early = await consume();
    expect(totalsOf(early)).toEqual([]);
    expect(early.err).toContain(`${cancelled.length} events wait`);

    await send('placed', [...placed, ...placed, ...placed]);
    const whole = await consume();
    expect(totalsOf(whole)).toEqual(expectedTotals(orders));
    expect(whole.err).toContain('0 events wait');

    await send('cancelled', cancelled.map(replayed));
    await send('placed', placed.map(replayed));
    expect(totalsOf(await consume(uniqueName('python')))).toEqual(expectedTotals(orders));
  });

  test('shares the partitions with a second process of its group', async () => {
    const { send, consume } = await consumerOfNewTopics();
    await send('placed', [...placed, ...placed]);
    await send('cancelled', cancelled);
    const both = await Promise.all([consume(), consume()]);
    const ended = expect.objectContaining({ code: 0 });
    expect(both).toEqual([ended, ended]);
    expect(totalsOf(await consume())).toEqual(expectedTotals(orders));
  });

  test('counts the version of a discarded event, and stops at one that contradicts itself or is unknown', async () => {
    const { send, consume } = await consumerOfNewTopics();
    const [one, other] = [
      order({ buyer: randomUUID(), cents: 123_456, ends: 'placed' }),
      order({ buyer: randomUUID(), cents: 7, ends: 'placed' }),
    ];
    const { 'content-type': _type, ce_dataschema: _schema, ...kept } = one.placed.headers;
    const marker = {
      ...one.placed,
      payload: '',
      headers: { ...kept, ce_type: 'waybill.event.discarded.v1' },
    };
    await send('placed', [marker, other.placed]);
    expect(totalsOf(await consume())).toEqual(expectedTotals([other]));

    await send('placed', [{ ...other.placed, payload: other.placed.payload.replace('0.07', '0.08') }]);
    expect(await consume()).toMatchObject({
      code: 1,
      err: expect.stringContaining('came before with other content'),
    });

    const unknown = { ...one.placed, headers: { ...one.placed.headers, ce_type: 'waybill.order.placed.v2' } };
    const another = await consumerOfNewTopics();
    await another.send('placed', [unknown]);
    expect(await another.consume()).toMatchObject({
      code: 1,
      err: expect.stringContaining('is a waybill.order.placed.v2'),
    });
  });
});
