/** What global-setup.ts hands to every integration test as `inject('servers')`. */
export interface TestServers {
  /** As superuser, to the database `postgres`. */
  readonly postgresUrl: string;
  /** `host:port`. */
  readonly kafkaBrokers: string[];
  readonly redisUrl: string;
  /** Of this run; use temporaryFolder() for one inside it. */
  readonly folder: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    servers: TestServers;
  }
}
