import { Connection, describeQuorumV1 } from '@platformatic/kafka';

/** The log of the cluster's metadata: whoever leads it leads the controllers. */
const metadataLog = [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }];

/**
 * The id of the node that leads the controllers. What clients are told as the controller is any broker (KIP-590).
 *
 * @param broker one that lives, `host:port`
 */
export async function leadingController(broker: string): Promise<number> {
  const [host = '', port] = broker.split(':');
  const connection = new Connection('quorum');
  try {
    await connection.connect(host, Number(port));
    const { topics } = await describeQuorumV1.api.async(connection, metadataLog);
    const leader = topics[0]?.partitions[0]?.leaderId;
    if (leader === undefined) throw new Error('the answer names no leader of the controllers');
    return leader;
  } finally {
    await connection.close();
  }
}
