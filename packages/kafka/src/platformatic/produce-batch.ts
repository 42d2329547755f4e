import { type Connection, ProduceAcks, produceV9, Writer } from './client-parts.ts';

/** A record batch for one partition, encoded when it is sent. */
export interface EncodedBatch {
  readonly topic: string;
  readonly partition: number;
  /**
   * Called when it is the batch's turn on its connection. The client copies what it gives into the request in the same
   * step (`Connection.send`: `createPayload`, then `writer.buffer`), so that the next batch may be encoded in its place.
   */
  readonly encode: () => Buffer;
}

export type ProduceResponse = ReturnType<typeof produceV9.parseResponse>;

/**
 * A Produce request of version 9 with a batch that is encoded already: the client's own writes each record anew.
 * Acknowledged by all in-sync replicas.
 *
 * @param timeoutMs after which the broker gives up on its replicas
 */
export function produceRequest({ topic, partition, encode }: EncodedBatch, timeoutMs: number): Writer {
  const bytes = encode();
  return Writer.create()
    .appendString(null)
    .appendInt16(ProduceAcks.ALL)
    .appendInt32(timeoutMs)
    .appendArray([topic], (ofTopic, name) => {
      ofTopic.appendString(name).appendArray([partition], (ofPartition, index) => {
        ofPartition
          .appendInt32(index)
          .appendUnsignedVarInt(bytes.length + 1)
          .append(bytes);
      });
    })
    .appendTaggedFields();
}

/** @throws the client's own errors; a ResponseError when the broker refuses the batch */
export async function produceBatch(
  connection: Connection,
  batch: EncodedBatch,
  timeoutMs: number,
): Promise<ProduceResponse> {
  const answered = Promise.withResolvers<ProduceResponse>();
  const { key, version } = produceV9.api;
  const payload = () => produceRequest(batch, timeoutMs);
  const flexible = true;
  connection.send(
    key,
    version,
    payload,
    produceV9.parseResponse,
    flexible,
    flexible,
    (error: Error | null, answer) => {
      if (error || answer === undefined) answered.reject(error ?? new Error('the answer holds nothing'));
      else answered.resolve(answer);
    },
  );
  return await answered.promise;
}
