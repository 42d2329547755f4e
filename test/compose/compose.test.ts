/**
 * The compose file and the Dockerfile against the repository, and each check against changes that it must notice. Long
 * for the table of those: a check is only worth what it was seen to find.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../architecture/repository.ts';
import type { Check } from './check.ts';
import { checks } from './checks.ts';
import { parseDocument, readCompose } from './compose-file.ts';
import { copiedSources, isInContext, readDockerfile, stageWithBases } from './dockerfile.ts';
import { addressesIn } from './network.ts';
import { schemaProblems, schemaText } from './schema.ts';
import { readWorld, type World } from './world.ts';

const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
const dockerfile = readFileSync(join(root, 'infra/docker/Dockerfile'), 'utf8');
const world = readWorld();

describe('docker-compose.yml', () => {
  test('is valid by the Compose Specification’s schema, which is the one that was fetched', () => {
    expect(createHash('sha256').update(schemaText).digest('hex')).toBe(
      'f266dcbb043229405d7cedd5aec918f9102c2b3d5e3850808fdd8edd564a43ff',
    );
    expect(schemaProblems(parseDocument(text))).toEqual([]);
  });

  test('has every service of the path', () => {
    const names = readCompose(parseDocument(text)).services.map(({ name }) => name);
    expect(names.join(' ')).toBe('postgres kafka redis prepare order-api outbox-relay jobs sales-projection');
  });

  test.each(Object.entries(checks))('%s', (_name, check) => {
    expect(check(readCompose(parseDocument(text)), world)).toEqual([]);
  });
});

/** One change of the file or of the repository around it, and what the check must say to it. */
interface Broken {
  readonly compose?: readonly [from: string | RegExp, to: string];
  readonly dockerfile?: readonly [from: string | RegExp, to: string];
  readonly world?: Partial<World>;
  readonly says: RegExp;
}

const broken: Readonly<Record<string, readonly Broken[]>> = {
  pathsExist: [
    { compose: ['context: .', 'context: ./nowhere'], says: /no build context/ },
    { compose: ['dockerfile: infra/docker/Dockerfile', 'dockerfile: Dockerfile'], says: /no Dockerfile/ },
    { compose: ['target: app', 'target: application'], says: /no stage application/ },
    { compose: ['kafka-data:/var', './kafka-data:/var'], says: /no \.\/kafka-data to mount/ },
    { dockerfile: ['COPY services/ services/', 'COPY service/ services/'], says: /no service\/ to copy/ },
    { world: { ignoreFile: '*\n!packages\n' }, says: /infra\/ is kept out/ },
  ],
  workspacesAreCopied: [
    {
      dockerfile: ['COPY packages/retry/package.json packages/retry/\n', ''],
      says: /packages\/retry\/package\.json/,
    },
    { world: { manifests: ['services/unknown/package.json'] }, says: /services\/unknown/ },
  ],
  commandsExist: [
    {
      compose: ['outbox-relay/src/main.ts', 'outbox-relay/src/index.ts'],
      says: /index\.ts is not in the image/,
    },
    { dockerfile: ['docker/healthcheck.ts', 'docker/health.ts'], says: /health\.ts is not in the image/ },
    {
      dockerfile: ['COPY services/ services/', ''],
      says: /services\/order-api\/src\/main\.ts is not in the image/,
    },
  ],
  cacheIsFilled: [
    {
      dockerfile: ['ENV NODE_COMPILE_CACHE=/var/cache/waybill/compiled\n', ''],
      says: /NODE_COMPILE_CACHE is not set/,
    },
    { dockerfile: ['RUN node infra/docker/precompile.ts\n', ''], says: /the compile cache is not filled/ },
    { dockerfile: [' /var/cache/waybill\n', '\n'], says: /\/var\/cache\/waybill is not the user’s/ },
    {
      dockerfile: [
        'RUN node infra/docker/precompile.ts\n',
        'RUN node infra/docker/precompile.ts\nUSER node\n',
      ],
      says: /filled before its folder, its user or the sources/,
    },
    {
      dockerfile: [
        'RUN node infra/docker/precompile.ts\n',
        'RUN node infra/docker/precompile.ts\nCOPY services/ services/\n',
      ],
      says: /filled before its folder, its user or the sources/,
    },
  ],
  environmentsFit: [
    {
      compose: ['KAFKA_BROKERS: kafka:9092', 'KAFKA_BROKER: kafka:9092'],
      says: /nobody reads KAFKA_BROKER$/m,
    },
    { compose: ['MANAGEMENT_PORT: 3011', 'MANAGEMENT_PORT: many'], says: /outbox-relay: .*MANAGEMENT_PORT/s },
    { compose: ['LOG_LEVEL: info', 'LOG_LEVEL: loud'], says: /LOG_LEVEL/ },
    { world: { settings: new Map() }, says: /no configuration schema/ },
  ],
  secretsAreForDevelopment: [
    {
      compose: ['WAYBILL_ENV: development\n  LOG', 'WAYBILL_ENV: production\n  LOG'],
      says: /is not development/,
    },
    {
      world: {
        settings: new Map([
          ['prepare', { variables: new Set(), secrets: ['X'], defaults: {}, parse: () => ({}) }],
        ]),
      },
      says: /a secret has a default in production/,
    },
  ],
  rolesExist: [
    {
      compose: ['waybill_relay:waybill_relay@', 'waybill_rely:waybill_rely@'],
      says: /waybill_rely may not connect/,
    },
    {
      compose: [
        'postgres:5432/waybill_sales\n      KAFKA_BROKERS: kafka:9092\n      KAFKA_GROUP',
        'postgres:5432/waybill\n      KAFKA_BROKERS: kafka:9092\n      KAFKA_GROUP',
      ],
      says: /waybill_sales may not connect to waybill/,
    },
    { compose: ['5432/waybill\n      REDIS', '5432/orders\n      REDIS'], says: /no database orders/ },
    { compose: ['waybill_api:waybill_api@', 'waybill_api:secret@'], says: /password of a role is its name/ },
  ],
  topicsExist: [
    {
      compose: ['KAFKA_GROUP: sales-projection', 'KAFKA_TOPICS: order_placed,order_paid'],
      says: /no topic order_paid/,
    },
    {
      compose: ['TOPICS_ENABLE: "false"', 'TOPICS_ENABLE: "true"'],
      says: /makes topics by itself/,
    },
  ],
  portsMatch: [
    { compose: ['"127.0.0.1:55432:5432"', '"55432:5432"'], says: /55432 is published to 0\.0\.0\.0/ },
    {
      compose: ['"127.0.0.1:3011:3011"', '"127.0.0.1:3011:3012"'],
      says: /outbox-relay: nothing listens on 3012/,
    },
    { compose: ['"127.0.0.1:56379:6379"', '"127.0.0.1:6379:6379"'], says: /npm start does not use 6379/ },
    { compose: ['MANAGEMENT_HOST: 0.0.0.0', 'MANAGEMENT_HOST: 127.0.0.1'], says: /nothing listens on 3010/ },
    { compose: [',HOST://:59092', ',HOST://:9094'], says: /kafka: nothing listens on 59092/ },
    { compose: [', "127.0.0.1:3010:3010"', ''], says: /order-api: 3010 is not published/ },
  ],
  addressesReach: [
    {
      compose: ['waybill_api@postgres:5432', 'waybill_api@postgres:55432'],
      says: /nobody listens on postgres:55432/,
    },
    {
      compose: ['KAFKA_BROKERS: kafka:9092', 'KAFKA_BROKERS: broker:9092'],
      says: /nobody listens on broker:9092/,
    },
    {
      compose: ['REDIS_URL: redis://redis:6379', 'REDIS_URL: redis://127.0.0.1:6379'],
      says: /nobody listens on 127\.0\.0\.1:6379/,
    },
    { compose: ['HOST://127.0.0.1:59092', 'HOST://127.0.0.1:9092'], says: /KAFKA_ADVERTISED_LISTENERS/ },
    {
      compose: ['PUBLIC_URL: http://127.0.0.1:3000', 'PUBLIC_URL: http://127.0.0.1:8080'],
      says: /PUBLIC_URL/,
    },
  ],
  dependenciesHold: [
    {
      compose: [/\n {6}redis: \{ condition: service_healthy \}/, ''],
      says: /order-api: does not wait for redis/,
    },
    { compose: ['service_completed_successfully', 'service_started'], says: /by service_started/ },
    {
      compose: [
        'redis: { condition: service_healthy }',
        'redis: { condition: service_completed_successfully }',
      ],
      says: /redis by service_completed/,
    },
    { compose: [/\n {6}prepare: \{[^}]*\}/, ''], says: /order-api: does not wait for prepare/ },
    {
      compose: ['redis: { condition: service_healthy }', 'valkey: { condition: service_healthy }'],
      says: /no service valkey/,
    },
    { dockerfile: [/HEALTHCHECK.*\n/, ''], says: /order-api: has no health check/ },
    { compose: ['test: [CMD, redis-cli, ping]', 'disable: true'], says: /redis: has no health check/ },
  ],
  versionsAgree: [
    { compose: ['redis:8.2-bookworm', 'redis:latest'], says: /redis:latest is not one version/ },
    { compose: ['apache/kafka:4.4.0', 'apache/kafka:4.1.0'], says: /npm start runs 4\.4\.0/ },
    { dockerfile: [/node:[\d.]+-/, 'node:24.1.0-'], says: /package\.json locks Node/ },
  ],
  volumesAndUsersHold: [
    {
      compose: ['volumes:\n  postgres-data:', 'volumes:\n  postgres:'],
      says: /volume postgres-data is not declared/,
    },
    { compose: ['\n  credentials:\n', '\n  credentials:\n  spare:\n'], says: /volume spare is not used/ },
    { dockerfile: ['USER node\n', ''], says: /order-api runs as root/ },
  ],
  commitTimesAreKept: [
    {
      compose: ['track_commit_timestamp=on', 'track_commit_timestamp=off'],
      says: /track_commit_timestamp is not on/,
    },
  ],
};

test('every check has a broken file', () => {
  expect(Object.keys(broken)).toEqual(Object.keys(checks));
});

describe.each(Object.entries(broken))('%s objects to', (name, cases) => {
  const check: Check = checks[name] ?? (() => []);
  test.each(cases)('$says', ({ compose, dockerfile: image, world: change, says }) => {
    const file = compose ? replaced(text, compose) : text;
    const stages = readDockerfile(image ? replaced(dockerfile, image) : dockerfile);
    expect(check(readCompose(parseDocument(file)), { ...world, stages, ...change }).join('\n')).toMatch(says);
  });
});

function replaced(from: string, [find, by]: readonly [string | RegExp, string]): string {
  const result = from.replace(find, by);
  expect(result, `${String(find)} is not in the file`).not.toBe(from);
  return result;
}

describe('the schema', () => {
  test.each([
    ['an unknown key', 'restart: unless-stopped', 'restrat: unless-stopped'],
    ['a wrong condition', 'condition: service_healthy', 'condition: [service_healthy]'],
    ['a wrong type', 'init: true', 'init: [true]'],
  ])('objects to %s', (_what, find, by) => {
    expect(schemaProblems(parseDocument(replaced(text, [find, by])))).not.toEqual([]);
  });
});

describe('reading', () => {
  test('a Dockerfile’s stages, sources and ignored paths', () => {
    const stages = readDockerfile(
      '# x\nFROM a:1.0 AS one\nCOPY b \\\n  c ./\nFROM one AS two\nCOPY --from=one d ./\nCOPY --chown=node e f/\n',
    );
    expect(stages.map(copiedSources)).toEqual([['b', 'c'], ['e']]);
    expect(stageWithBases(stages, 'two').map(({ name }) => name)).toEqual(['one', 'two']);
    expect(isInContext('*\n!infra\n', 'infra/docker/')).toBe(true);
    expect(isInContext('*\n!infra\n', 'infrastructure/')).toBe(false);
  });

  test.each([
    ['postgres://a:b@postgres:5432/c', ['postgres:5432']],
    ['kafka:9092,other:9093', ['kafka:9092', 'other:9093']],
    ['redis://redis', ['redis:6379']],
    ['1@kafka:9093', ['kafka:9093']],
    ['CONTAINERS://kafka:9092,HOST://127.0.0.1:59092', ['kafka:9092', '127.0.0.1:59092']],
    ['CONTROLLER://:9093', []],
    ['CONTROLLER:PLAINTEXT', []],
    ['file:///var/lib/waybill/jwks.json', []],
  ])('the addresses in %s', (value, addresses) => {
    expect(addressesIn(value).map(({ host, port }) => `${host}:${port}`)).toEqual(addresses);
  });
});
