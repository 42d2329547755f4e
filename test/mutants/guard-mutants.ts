import type { Mutant } from './mutant.ts';

const architecture = ['test/architecture/repository.test.ts'];
const compose = ['test/compose/compose.test.ts'];
const versions = ['test/packages/versions.test.ts'];
const checker = ['test/checker/verdicts.test.ts'];

/** The guards around the code: architecture, Docker, versions, settings, and the checker that judges deliveries. */
export const guardMutants: readonly Mutant[] = [
  {
    name: 'architecture: the outbox imports the contracts',
    file: 'packages/outbox/src/event.ts',
    find: 'export interface OutboxEvent',
    replace: "export type { OrderPlaced } from '@waybill/contracts';\nexport interface OutboxEvent",
    tests: architecture,
    why: 'the outbox would carry only orders',
  },
  {
    name: 'architecture: a service imports kafkajs',
    file: 'services/outbox-relay/src/config.ts',
    find: "import Type from 'typebox';",
    replace: "import Type from 'typebox';\nimport 'kafkajs';",
    tests: architecture,
    why: 'kafkajs without its patch and its settings',
  },
  {
    name: 'architecture: a package reads the environment',
    file: 'packages/retry/src/backoff.ts',
    find: 'return random() * ceiling;',
    replace: "return process.env['NO_JITTER'] ? ceiling : random() * ceiling;",
    tests: architecture,
    why: 'behaviour that no configuration schema knows of',
  },
  {
    name: 'architecture: the parser overlooks exports',
    file: 'test/architecture/source-file.ts',
    find: "if (node.source) add(node.source.value, node.exportKind === 'type' ? 'type' : 'value', node.start);",
    replace: '',
    tests: ['test/architecture/rules.test.ts', ...architecture],
    why: 'rules that see nothing find nothing',
  },
  {
    name: 'versions: a range',
    file: 'package.json',
    find: '"fastify": "5',
    replace: '"fastify": "^5',
    tests: versions,
    why: 'tomorrow’s install would be another program',
  },
  {
    name: 'versions: the lock names a registry',
    file: 'package-lock.json',
    find: '    "node_modules/fastify": {\n',
    replace: '    "node_modules/fastify": {\n      "resolved": "https://packages.example.org/fastify.tgz",\n',
    tests: versions,
    why: 'a clone elsewhere could not install',
  },
  {
    name: 'versions: MikroORM twice',
    file: 'package-lock.json',
    find: '    "node_modules/fastify": {\n',
    replace:
      '    "packages/outbox/node_modules/@mikro-orm/core": { "version": "7.2.0", "integrity": "sha512-x" },\n    "node_modules/fastify": {\n',
    tests: versions,
    why: 'two copies do not know each other’s entities',
  },
  {
    name: 'compose: a port for the whole network',
    file: 'docker-compose.yml',
    find: '"127.0.0.1:55432:5432"',
    replace: '"55432:5432"',
    tests: compose,
    why: 'development passwords would be open to everybody nearby',
  },
  {
    name: 'compose: a variable that nobody reads',
    file: 'services/outbox-relay/src/config.ts',
    find: 'KAFKA_REQUEST_TIMEOUT_MS: Type',
    replace: 'KAFKA_TIMEOUT_MS: Type',
    tests: compose,
    why: 'a setting in the file would have no effect',
  },
  {
    name: 'settings: a secret has a default in production',
    file: 'packages/service-host/src/settings.ts',
    find: "['development', 'test'].includes(",
    replace: "['development', 'test', 'production'].includes(",
    tests: ['packages/service-host/src/settings.test.ts'],
    why: 'a production service would start with the password of the README',
  },
  {
    name: 'checker: a repetition with other bytes is fine',
    file: 'test/checker/delivery.ts',
    find: "if (!record.value?.equals(Buffer.from(event.payload, 'utf8'))) found.push('value differs');",
    replace: '',
    tests: checker,
    why: 'the end-to-end test would believe a recomputed event',
  },
  {
    name: 'checker: the order of reading is the order of the log',
    file: 'test/checker/order.ts',
    find: 'inLogOrder(records).flatMap',
    replace: 'records.flatMap',
    tests: checker,
    why: 'swapped versions would go unnoticed',
  },
  {
    name: 'checker: receipts may point anywhere',
    file: 'test/checker/receipts.ts',
    find: 'if (name !== nameOf(event)) return',
    replace: 'if (name === undefined) return',
    tests: checker,
    why: 'a client would be shown another event at its offset',
  },
  {
    name: 'checker: an event may be told to stand anywhere',
    file: 'test/checker/told-deliveries.ts',
    find: 'if (name !== nameOf(event)) return',
    replace: 'if (name === undefined) return',
    tests: checker,
    why: 'what owners and operators read would be nobody’s to compare with Kafka',
  },
  {
    name: 'checker: a cent is rounding',
    file: 'test/checker/sales.ts',
    find: "const cents = centsOf(total?.total ?? '0');",
    replace: "const cents = centsOf(total?.total ?? '0') / 10n;",
    tests: checker,
    why: 'the projection could drift',
  },
];
