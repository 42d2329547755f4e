// Every rule is seen to fail here: a rule that finds nothing anywhere proves nothing about the repository.
// Long because it is one table: a rule's broken and fine snippets stand together, and a new rule without any is red.

import { describe, expect, test } from 'vitest';
import type { Workspace, Workspaces } from './places.ts';
import { type Rule, rules } from './rules/index.ts';
import { parseSource } from './source-file.ts';

function workspace(
  folder: string,
  name: string,
  dependencies: readonly string[] = [],
  devDependencies: readonly string[] = folder === '' ? ['vitest'] : [],
): Workspace {
  return { folder, name, dependencies: new Set(dependencies), devDependencies: new Set(devDependencies) };
}

const workspaces: Workspaces = new Map(
  [
    workspace('', 'waybill', ['fastify']),
    workspace('packages/contracts', '@waybill/contracts'),
    workspace('packages/outbox', '@waybill/outbox', ['pg', '@waybill/retry']),
    workspace('packages/inbox', '@waybill/inbox', [], ['@waybill/retry']),
    workspace('packages/kafka', '@waybill/kafka', ['kafkajs', '@waybill/outbox']),
    workspace('packages/retry', '@waybill/retry'),
    workspace('packages/service-host', '@waybill/service-host'),
    workspace('services/order-api', '@waybill/order-api', ['@waybill/outbox', '@waybill/service-host']),
    workspace('services/ops', '@waybill/ops'),
    workspace('test/bench/relay/peers', 'peers', ['pg-boss']),
  ].map((one) => [one.folder, one]),
);

/** [path, text]: what a rule must object to, and what it must let pass. */
type Snippet = readonly [path: string, text: string];
interface Examples {
  readonly broken: readonly Snippet[];
  readonly fine: readonly Snippet[];
}

const lines = (count: number) => 'x();\n'.repeat(count);

const examples: Readonly<Record<string, Examples>> = {
  importsPointOneWay: {
    broken: [
      ['services/ops/src/a.ts', `import { b } from '@waybill/order-api';`],
      ['services/ops/src/a.ts', `import type { B } from '../../order-api/src/b.ts';`],
      ['services/ops/src/a.test.ts', `import { b } from '../../order-api/src/b.ts';`],
      ['packages/retry/src/a.ts', `type B = import('@waybill/ops').B;`],
      ['packages/retry/src/a.ts', `export * from '../../../services/ops/src/b.ts';`],
      ['services/ops/src/a.ts', `import { start } from '../../../infra/local/start.ts';`],
      ['services/ops/src/a.ts', `const b = await import('../../../mikro-orm.config.ts');`],
    ],
    fine: [
      ['services/ops/src/a.ts', `import { b } from '@waybill/retry';`],
      [
        'services/ops/src/a.ts',
        `import { b } from './deep/b.ts'; import { readFile } from 'node:fs/promises';`,
      ],
      [
        'services/ops/src/a.test.ts',
        `import { createOrderDatabase } from '../../../test/servers/databases.ts';`,
      ],
      ['infra/local/start.ts', `import { b } from '../../services/ops/src/b.ts';`],
    ],
  },
  retryStandsAlone: {
    broken: [
      ['packages/retry/src/a.ts', `import pino from 'pino';`],
      ['packages/retry/src/a.ts', `import type { OutboxEvent } from '@waybill/outbox';`],
    ],
    fine: [
      [
        'packages/retry/src/a.ts',
        `import { setTimeout } from 'node:timers/promises'; import { b } from './b.ts';`,
      ],
      ['packages/retry/src/a.test.ts', `import { test } from 'vitest';`],
    ],
  },
  ordersStayOutside: {
    broken: [
      ['packages/outbox/src/a.ts', `import { topics } from '@waybill/contracts';`],
      ['packages/inbox/src/a.ts', `import type { OrderPlaced } from '@waybill/contracts';`],
      ['packages/kafka/src/a.test.ts', `const c = await import('@waybill/contracts');`],
      ['packages/kafka/src/a.ts', `export { b } from '../../../services/order-api/src/b.ts';`],
    ],
    fine: [
      [
        'packages/outbox/src/a.ts',
        `// import { topics } from '@waybill/contracts';\nimport { retry } from '@waybill/retry';`,
      ],
      ['services/order-api/src/a.ts', `import { topics } from '@waybill/contracts';`],
    ],
  },
  onlyKafkaImportsItsClients: {
    broken: [
      ['services/ops/src/a.ts', `import { Kafka } from 'kafkajs';`],
      ['packages/outbox/src/a.ts', `import type { Kafka } from 'kafkajs';`],
      ['test/e2e/a.ts', `import { x } from 'kafkajs/src/errors.js';`],
      ['infra/kafka/a.ts', `const { Kafka } = require('kafkajs');`],
      ['infra/kafka/a.ts', `import k = require('kafkajs');`],
      ['services/outbox-relay/src/a.ts', `import { Connection } from '@platformatic/kafka';`],
      ['packages/outbox/src/a.ts', `import type { Broker } from '@platformatic/kafka';`],
    ],
    fine: [
      ['packages/kafka/src/a.ts', `import { Kafka } from 'kafkajs';`],
      ['packages/kafka/src/a.ts', `import { Connection } from '@platformatic/kafka';`],
      ['test/e2e/a.ts', `import { Admin } from '@platformatic/kafka';`],
      ['services/ops/src/a.test.ts', `import { Admin } from '@platformatic/kafka';`],
      ['services/ops/src/a.ts', `const text = "import { Kafka } from 'kafkajs'";`],
    ],
  },
  kafkaTakesOnlyThePortFromOutbox: {
    broken: [
      ['packages/kafka/src/a.ts', `import { createEnqueue } from '@waybill/outbox';`],
      ['packages/kafka/src/a.ts', `import { type Publisher, createEnqueue } from '@waybill/outbox';`],
      ['packages/kafka/src/a.ts', `import '@waybill/outbox/relay';`],
      ['packages/kafka/src/a.ts', `export * from '@waybill/outbox';`],
    ],
    fine: [
      ['packages/kafka/src/a.ts', `import type { Publisher } from '@waybill/outbox';`],
      ['packages/kafka/src/a.ts', `import { type Publisher } from '@waybill/outbox';`],
      ['packages/kafka/src/a.ts', `export type { Publisher } from '@waybill/outbox';`],
      ['packages/kafka/src/a.ts', `import { PublishError } from '@waybill/outbox/publisher';`],
      ['packages/kafka/src/a.ts', `import { recordHeadersOf } from '@waybill/outbox/record-headers';`],
    ],
  },
  publisherPortStandsAlone: {
    broken: [
      ['packages/outbox/src/publisher.ts', `import { readLanes } from './lanes.ts';`],
      ['packages/outbox/src/record-headers.ts', `import { PublishError } from './publisher.ts';`],
    ],
    fine: [['packages/outbox/src/publisher.ts', `import type { OutboxEvent } from './event.ts';`]],
  },
  checkerStandsAlone: {
    broken: [
      ['test/checker/a.ts', `import { partitionFor } from '@waybill/outbox';`],
      ['test/checker/a.ts', `import type { OrderPlaced } from '@waybill/contracts';`],
      ['test/checker/a.ts', `import { b } from '../../packages/outbox/src/b.ts';`],
      ['test/checker/a.ts', `import { b } from '../servers/databases.ts';`],
    ],
    fine: [
      [
        'test/checker/a.ts',
        `import { Consumer } from '@platformatic/kafka'; import pg from 'pg'; import './b.ts';`,
      ],
    ],
  },
  serviceHostIsForRoots: {
    broken: [
      ['services/order-api/src/app.ts', `import { createLogger } from '@waybill/service-host';`],
      ['services/order-api/src/http/main.ts', `import type { Logger } from '@waybill/service-host';`],
      ['packages/kafka/src/a.ts', `import { createLogger } from '@waybill/service-host';`],
    ],
    fine: [
      ['services/order-api/src/main.ts', `import { runService } from '@waybill/service-host';`],
      ['services/order-api/src/config.ts', `import { readSettings } from '@waybill/service-host';`],
      ['services/order-api/src/app.test.ts', `import { createLogger } from '@waybill/service-host';`],
      ['infra/local/start.ts', `import { createLogger } from '@waybill/service-host';`],
    ],
  },
  domainIsPure: {
    broken: [
      ['services/order-api/src/domain/order.ts', `import { Order } from '../persistence/order.ts';`],
      ['services/order-api/src/domain/order.ts', `import { defineEntity } from '@mikro-orm/core';`],
      ['services/order-api/src/domain/order.ts', `import { readFile } from 'node:fs/promises';`],
    ],
    fine: [
      [
        'services/order-api/src/domain/order.ts',
        `import { Decimal } from 'decimal.js'; import './money.ts';`,
      ],
      ['services/order-api/src/persistence/order.ts', `import { defineEntity } from '@mikro-orm/core';`],
    ],
  },
  relayEngineSpeaksSql: {
    broken: [
      [
        'packages/outbox/src/relay/read.sql.ts',
        `import type { SqlEntityManager } from '@mikro-orm/postgresql';`,
      ],
    ],
    fine: [
      ['packages/outbox/src/enqueue.ts', `import type { SqlEntityManager } from '@mikro-orm/postgresql';`],
    ],
  },
  importsAreDeclared: {
    broken: [
      ['packages/outbox/src/a.ts', `import pino from 'pino';`],
      ['packages/outbox/src/a.ts', `import { fastify } from 'fastify';`],
      ['packages/outbox/src/a.test.ts', `import { b } from '@waybill/kafka';`],
      ['packages/inbox/src/a.ts', `import { retry } from '@waybill/retry';`],
      ['packages/outbox/src/a.ts', `const b = await import(name);`],
      ['packages/kafka/src/platformatic/a.ts', `const b = await import(name);`],
      ['test/e2e/a.ts', `import leftPad from 'left-pad';`],
      ['test/e2e/a.ts', `import 'pg-boss';`],
      ['infra/docker/a.ts', `import { test } from 'vitest';`],
      ['mikro-orm.config.ts', `import { test } from 'vitest';`],
      ['services/unknown/src/a.ts', `x();`],
    ],
    fine: [
      [
        'packages/outbox/src/a.ts',
        `import pg from 'pg'; import '@waybill/retry'; import '@waybill/outbox/relay';`,
      ],
      ['packages/outbox/src/a.test.ts', `import { test } from 'vitest';`],
      ['packages/inbox/src/a.test.ts', `import { retry } from '@waybill/retry';`],
      ['test/e2e/a.ts', `import '@waybill/kafka'; import 'fastify'; import 'vitest';`],
      ['test/bench/relay/peers/a.mjs', `import 'pg-boss'; import '@waybill/kafka';`],
      ['infra/docker/a.ts', `import '@waybill/kafka'; import 'fastify';`],
      ['packages/kafka/src/platformatic/client-parts.ts', `const b = await import(name);`],
      ['infra/docker/a.test.ts', `import { test } from 'vitest';`],
    ],
  },
  packagesAreEnteredByName: {
    broken: [
      ['services/ops/src/a.ts', `import { b } from '../../../packages/retry/src/b.ts';`],
      ['packages/kafka/src/a.ts', `import type { B } from '../../outbox/src/b.ts';`],
      ['test/e2e/a.ts', `import { b } from '../../packages/retry/src/b.ts';`],
    ],
    fine: [
      ['services/ops/src/a.ts', `import { b } from '@waybill/retry';`],
      ['test/compose/a.ts', `import { settingsFrom } from '../../services/ops/src/config.ts';`],
    ],
  },
  productionAvoidsTests: {
    broken: [
      ['services/order-api/src/app.ts', `import { users } from './persistence/users.fake.ts';`],
      ['services/order-api/src/app.ts', `import { users } from './persistence/in-memory-users.ts';`],
      ['services/order-api/src/app.ts', `import { users } from './fakes/users.ts';`],
      ['services/order-api/src/app.ts', `import { users } from './persistence/in-memory/users.ts';`],
      ['services/order-api/src/app.ts', `import { database } from './testing/order-database.ts';`],
      ['services/order-api/src/app.ts', `import { a } from './app.test.ts';`],
      ['packages/outbox/src/a.ts', `import { vi } from 'vitest';`],
      ['infra/local/start.ts', `import { b } from '../../test/servers/databases.ts';`],
    ],
    fine: [
      ['services/order-api/src/app.test.ts', `import { users } from './persistence/users.fake.ts';`],
      ['services/order-api/src/users.fake.ts', `import { b } from './clock.fake.ts';`],
      [
        'services/order-api/src/app.ts',
        `import { latest } from './latest.ts'; import { unfake } from './unfake.ts';`,
      ],
    ],
  },
  environmentIsReadAtTheTop: {
    broken: [
      ['packages/retry/src/a.ts', `const level = process.env['LOG_LEVEL'];`],
      ['packages/retry/src/a.ts', `const level = process['env'].LOG_LEVEL;`],
      ['packages/retry/src/a.ts', `const level = globalThis.process.env.LOG_LEVEL;`],
      ['services/order-api/src/config.ts', `const { env } = process;`],
      ['services/order-api/src/app.ts', `import { env } from 'node:process';`],
      ['services/order-api/src/app.ts', `import proc from 'node:process'; proc.env.X;`],
      ['services/order-api/src/app.ts', `process[name];`],
    ],
    fine: [
      ['services/order-api/src/main.ts', `settingsFrom(process.env);`],
      ['services/sales-projection/src/mikro-orm.config.ts', `read(process.env);`],
      ['services/order-api/src/app.ts', `process.memoryUsage(); settings.env; // process.env`],
      ['infra/local/start.ts', `process.env.PATH;`],
      ['packages/retry/src/a.test.ts', `spawn('x', { env: process.env });`],
    ],
  },
  exitIsCalledAtTheTop: {
    broken: [
      ['packages/service-host/src/a.ts', `process.exit(1);`],
      ['packages/service-host/src/a.ts', `const { exit } = process;`],
      ['services/order-api/src/app.ts', `onFatal(process.abort);`],
    ],
    fine: [
      ['services/order-api/src/main.ts', `process.exit(await run());`],
      ['packages/service-host/src/a.ts', `process.exitCode = 1; process.once('exit', () => {});`],
      ['infra/local/start.ts', `process.exit(1);`],
    ],
  },
  namesSayWhatFilesAreFor: {
    broken: [
      ['packages/retry/src/utils.ts', ''],
      ['packages/retry/src/helpers/wait.ts', ''],
      ['test/common/wait.ts', ''],
      ['services/ops/src/misc.test.ts', ''],
    ],
    fine: [['packages/retry/src/common-prefix.ts', '']],
  },
  longFilesExplainThemselves: {
    broken: [['packages/retry/src/a.ts', lines(251)]],
    fine: [
      ['packages/retry/src/a.ts', lines(250)],
      [
        'packages/retry/src/a.ts',
        `// One table, kept whole: splitting it would hide a missing code.\n${lines(251)}`,
      ],
    ],
  },
  longFunctionsExplainThemselves: {
    broken: [
      ['packages/retry/src/a.ts', `f();\nfunction f() {\n${lines(60)}}`],
      ['packages/retry/src/a.ts', `f();\nconst g = () => {\n${lines(60)}};`],
    ],
    fine: [
      ['packages/retry/src/a.ts', `f();\nfunction f() {\n${lines(58)}}`],
      ['packages/retry/src/a.ts', `/** One loop, kept whole: … */\nexport function f() {\n${lines(60)}}`],
      ['packages/retry/src/a.test.ts', `describe('x', () => {\n${lines(60)}});`],
    ],
  },
};

const check = (rule: Rule, [path, text]: Snippet) => rule(parseSource(path, text), workspaces);

test('every rule has examples', () => {
  expect(Object.keys(examples).toSorted()).toEqual(Object.keys(rules).toSorted());
});

describe.each(Object.entries(rules))('%s', (name, rule) => {
  const { broken = [], fine = [] } = examples[name] ?? {};

  test.each(broken)('objects to %s: %s', (path, text) => {
    const violations = check(rule, [path, text]);
    expect(violations).not.toEqual([]);
    expect(violations.every((violation) => violation.path === path && violation.line >= 1)).toBe(true);
  });

  test.each(fine)('lets pass %s: %s', (path, text) => {
    expect(check(rule, [path, text])).toEqual([]);
  });
});

test('a violation names its line', () => {
  const file = parseSource('services/ops/src/a.ts', `// one\n// two\nimport { Kafka } from 'kafkajs';\n`);
  expect(rules['onlyKafkaImportsItsClients']?.(file, workspaces)).toMatchObject([{ line: 3 }]);
});

test('a file that does not parse is an error, not a clean file', () => {
  expect(() => parseSource('packages/retry/src/a.ts', 'import { from;')).toThrow(
    /packages\/retry\/src\/a\.ts/,
  );
});
