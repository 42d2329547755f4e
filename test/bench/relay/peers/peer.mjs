/**
 * What the peers' programs share: the events to send, the way to Kafka, and the answer to the parent. Plain JavaScript,
 * because their packages are installed in this folder and only when somebody measures them.
 */
import pg from 'pg';
import { createKafkaPublisher } from '@waybill/kafka';

/**
 * @typedef {object} PeerOrder
 * @property {string} url of a database whose `outbox` holds the events; the peer makes its own schema beside it
 * @property {string[]} brokers
 * @property {string} topic
 * @property {number} events how many the outbox holds
 *
 * @typedef {object} PeerEvent
 * @property {number} partition
 * @property {string} key
 * @property {string} payload
 * @property {Record<string, string>} headers
 *
 * @typedef {(events: PeerEvent[]) => Promise<void>} Send resolves when Kafka has all of them
 *
 * @typedef {object} Peer
 * @property {(events: PeerEvent[], first: number) => Promise<void>} load stores events, the first with this number, as
 *   the peer's own bulk insert does
 * @property {(send: Send) => Promise<void>} drain sends everything and marks it as done
 * @property {() => Promise<void>} close
 */

const pageRows = 1_000;

/** Runs the program once its parent has sent the order. @param {(order: PeerOrder) => Promise<Peer>} open */
export function whenOrdered(open) {
  process.once('disconnect', () => process.exit(1));
  process.once('message', (order) => {
    void run(order, open); // what it throws ends the process, and its parent hears of that
  });
}

async function run(order, open) {
  const peer = await open(order);
  await loadFromOutbox(order, peer);
  process.send('begun');
  await new Promise((resolve) => process.once('message', resolve));
  const publisher = createKafkaPublisher({
    settings: { clientId: 'peer', requestTimeoutMs: 10_000, brokers: order.brokers },
    logger: { info() {}, warn: console.error, error: console.error },
  });
  await publisher.probe(order.topic);
  const acks = acknowledgements();
  const before = process.cpuUsage();
  await peer.drain((events) => sendByPartition(publisher, order.topic, events, acks));
  const { user, system } = process.cpuUsage(before);
  await publisher.close();
  await peer.close();
  process.send({ ...acks.result(), cpuSeconds: (user + system) / 1e6 }, () => process.exit(0));
}

/** In the order of the outbox, a page at a time. */
async function loadFromOutbox({ url }, peer) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  let after = '0';
  let number = 0;
  for (;;) {
    const { rows } = await client.query(
      `select o.seq, l.partition, o.key, o.payload, o.headers::jsonb || jsonb_build_object('ce_epoch', '1') as headers
       from outbox o join outbox_lane l using (lane) where o.seq > $1 order by o.seq limit ${pageRows}`,
      [after],
    );
    if (rows.length === 0) break;
    await peer.load(
      rows.map(({ partition, key, payload, headers }) => ({ partition, key, payload, headers })),
      number,
    );
    after = rows.at(-1).seq;
    number += rows.length;
  }
  await client.query('vacuum analyze');
  await client.end();
}

/** A batch per partition, in parallel, as the relay sends. */
async function sendByPartition(publisher, topic, events, acks) {
  const batches = Map.groupBy(events, ({ partition }) => partition);
  await Promise.all(
    [...batches].map(async ([partition, batch]) => {
      const messages = batch.map(({ key, payload, headers }) => ({ key, value: payload, headers }));
      await publisher.publish({ topic, partition, messages });
      acks.add(messages.length);
    }),
  );
}

function acknowledgements() {
  const now = () => performance.timeOrigin + performance.now();
  let events = 0;
  let firstEvents = 0;
  let firstAckAt = 0;
  let lastAckAt = 0;
  return {
    add(count) {
      lastAckAt = now();
      if (events === 0) {
        firstAckAt = lastAckAt;
        firstEvents = count;
      }
      events += count;
    },
    result: () => ({ events, firstEvents, firstAckAt, lastAckAt }),
  };
}
