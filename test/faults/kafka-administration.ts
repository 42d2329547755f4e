import { setTimeout as delay } from 'node:timers/promises';
import {
  type AclOperationValue,
  AclOperations,
  AclPermissionTypes,
  Admin,
  ClientQuotaEntityTypes,
  ClientQuotaKeys,
  ConfigResourceTypes,
  IncrementalAlterConfigOperationTypes,
  ResourcePatternTypes,
  type ResourcePatternTypeValue,
  ResourceTypes,
  type ResourceTypeValue,
} from '@platformatic/kafka';

/** What an administrator does to a broker behind the relay's back, by a client of its own. */
export class KafkaAdministration implements AsyncDisposable {
  readonly #admin: Admin;

  constructor(brokers: readonly string[]) {
    this.#admin = new Admin({
      clientId: 'administrator',
      bootstrapBrokers: [...brokers],
      retries: 10,
      retryDelay: 500,
    });
  }

  /** Ids of the partitions' leaders, by partition; -1 where there is none. */
  async leadersOf(topic: string): Promise<number[]> {
    const { topics } = await this.#admin.metadata({ topics: [topic], forceUpdate: true });
    return topics.get(topic)?.partitions.map(({ leader }) => leader) ?? [];
  }

  async deleteTopic(topic: string): Promise<void> {
    await this.#admin.deleteTopics({ topics: [topic] });
  }

  /** Made again at once after a deletion it may still be there: then it tries again, for ten seconds. */
  async createTopic(topic: string, partitions: number, replicas: number): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#admin.createTopics({ topics: [topic], partitions, replicas });
        return;
      } catch (error) {
        if (attempt === 20) throw error;
        await delay(500);
      }
    }
  }

  /** Deletes the topic with all that is in it, and makes it anew as it was. */
  async recreateTopic(topic: string, partitions: number, replicas: number): Promise<void> {
    await this.deleteTopic(topic);
    await this.createTopic(topic, partitions, replicas);
  }

  /** Drops every record of these partitions below `offset`. */
  async deleteRecords(topic: string, partitions: readonly number[], offset: bigint): Promise<void> {
    const below = partitions.map((partition) => ({ partition, offset }));
    await this.#admin.deleteRecords({ topics: [{ name: topic, partitions: below }] });
  }

  async setTopicConfig(topic: string, name: string, value: string): Promise<void> {
    await this.#admin.incrementalAlterConfigs({
      resources: [
        {
          resourceType: ConfigResourceTypes.TOPIC,
          resourceName: topic,
          configs: [{ name, value, configOperation: IncrementalAlterConfigOperationTypes.SET }],
        },
      ],
    });
  }

  async allowWrite(user: string, topic: string): Promise<void> {
    await this.#admin.createAcls({ creations: writing(user, topic) });
  }

  async revokeWrite(user: string, topic: string): Promise<void> {
    await this.#admin.deleteAcls({ filters: writing(user, topic) });
  }

  async allowRead(user: string, topic: string): Promise<void> {
    await this.#admin.createAcls({
      creations: [
        right(user, AclOperations.READ, { resourceType: ResourceTypes.TOPIC, resourceName: topic }),
      ],
    });
  }

  /** @param prefix of the names of groups */
  async allowGroups(user: string, prefix: string): Promise<void> {
    const groups = {
      resourceType: ResourceTypes.GROUP,
      resourceName: prefix,
      resourcePatternType: ResourcePatternTypes.PREFIXED,
    };
    await this.#admin.createAcls({
      creations: [AclOperations.READ, AclOperations.DELETE].map((operation) =>
        right(user, operation, groups),
      ),
    });
  }

  /** Those that have members or are not forgotten yet. */
  async groups(): Promise<string[]> {
    return [...(await this.#admin.listGroups()).keys()];
  }

  /** @param bytesPerSecond undefined: as much as it likes */
  async limitProducer(user: string, bytesPerSecond: number | undefined): Promise<void> {
    const key = ClientQuotaKeys.PRODUCER_BYTE_RATE;
    await this.#admin.alterClientQuotas({
      entries: [
        {
          entities: [{ entityType: ClientQuotaEntityTypes.USER, entityName: user }],
          ops: [
            bytesPerSecond === undefined
              ? { key, remove: true }
              : { key, value: bytesPerSecond, remove: false },
          ],
        },
      ],
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#admin.close();
  }
}

interface Resource {
  readonly resourceType: ResourceTypeValue;
  readonly resourceName: string;
  readonly resourcePatternType?: ResourcePatternTypeValue;
}

function writing(user: string, topic: string) {
  const resource = { resourceType: ResourceTypes.TOPIC, resourceName: topic };
  return [AclOperations.WRITE, AclOperations.DESCRIBE].map((operation) => right(user, operation, resource));
}

function right(user: string, operation: AclOperationValue, resource: Resource) {
  return {
    resourcePatternType: ResourcePatternTypes.LITERAL,
    ...resource,
    principal: `User:${user}`,
    host: '*',
    operation,
    permissionType: AclPermissionTypes.ALLOW,
  };
}
