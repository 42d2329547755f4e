import { connect } from 'node:net';

export interface ClusterAnswer {
  readonly clusterId: string | null;
  /** Ids of the brokers that take requests now. */
  readonly brokerIds: readonly number[];
}

const metadataKey = 3;
const metadataVersion = 4;

/**
 * Asks a broker for the cluster's metadata with a request written out here, so that "ready" depends on no client.
 * A broker that has begun to listen but is still fenced is not among the brokers of its own answer.
 *
 * @param address `host:port`
 * @param limitMs ms until a silent peer counts as no answer
 * @throws Error when nobody answers, or not in Kafka's protocol
 */
export async function askCluster(address: string, limitMs = 2_000): Promise<ClusterAnswer> {
  return readAnswer(await exchange(address, metadataRequest(), limitMs));
}

/** Protocol guide, Metadata request v4: no topics, no automatic creation. */
function metadataRequest(): Buffer {
  const body = Buffer.alloc(19);
  body.writeInt32BE(15, 0); // bytes that follow
  body.writeInt16BE(metadataKey, 4);
  body.writeInt16BE(metadataVersion, 6);
  body.writeInt32BE(1, 8); // correlation id
  body.writeInt16BE(-1, 12); // client id: null
  body.writeInt32BE(0, 14); // topics: none
  body.writeInt8(0, 18); // allow_auto_topic_creation
  return body;
}

async function exchange(address: string, request: Buffer, limitMs: number): Promise<Buffer> {
  const colon = address.lastIndexOf(':');
  return new Promise((resolve, reject) => {
    const socket = connect(Number(address.slice(colon + 1)), address.slice(0, colon));
    const chunks: Buffer[] = [];
    const fail = (reason: Error): void => {
      socket.destroy();
      reject(reason);
    };
    socket.setTimeout(limitMs, () => fail(new Error(`${address} did not answer within ${limitMs} ms`)));
    socket.once('error', fail);
    socket.once('close', () => reject(new Error(`${address} closed the connection`)));
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      const answer = Buffer.concat(chunks);
      if (answer.length < 4 || answer.length < 4 + answer.readInt32BE(0)) return;
      resolve(answer);
      socket.destroy();
    });
    socket.write(request);
  });
}

/** Metadata response v4: throttle, brokers (id, host, port, rack), cluster id, … */
function readAnswer(answer: Buffer): ClusterAnswer {
  let at = 12; // size, correlation id, throttle time
  const int32 = (): number => answer.readInt32BE((at += 4) - 4);
  const text = (): string | null => {
    const length = answer.readInt16BE((at += 2) - 2);
    return length < 0 ? null : answer.toString('utf8', at, (at += length));
  };
  const brokerIds: number[] = [];
  for (let left = int32(); left > 0; left -= 1) {
    brokerIds.push(int32());
    text(); // host
    int32(); // port
    text(); // rack
  }
  return { brokerIds, clusterId: text() };
}
