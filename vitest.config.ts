import { defineConfig } from 'vitest/config';

/**
 * `unit` needs no server and takes seconds. `integration` runs against PostgreSQL, Kafka and Redis that
 * `test/servers/global-setup.ts` starts once per run on free ports. The mutants run apart, by `npm run test:mutants`.
 * `fuzz` needs python3 and PyPI and runs apart, by `npm run test:fuzz`. `long` is `integration` with minutes instead of seconds: faults that take their time, `npm run test:long`.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{packages,services,infra,test}/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/*.{integration,long,fuzz}.test.ts'],
          // Half of their time went to importing the same modules for each file anew. What a test changes, it puts back.
          isolate: false,
          // Properties take seconds where they have a core for themselves, and many times that on a busy machine.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['{packages,services,infra,test}/**/*.integration.test.ts'],
          exclude: ['**/node_modules/**'],
          globalSetup: ['test/servers/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'long',
          include: ['{packages,services,infra,test}/**/*.long.test.ts'],
          exclude: ['**/node_modules/**'],
          globalSetup: ['test/servers/global-setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'fuzz',
          include: ['test/fuzz/*.fuzz.test.ts'],
          globalSetup: ['test/servers/global-setup.ts'],
        },
      },
    ],
  },
});
