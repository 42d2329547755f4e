import { fork } from 'node:child_process';
import { once } from 'node:events';

/** What the load generator is told. */
export interface LoadOrder {
  readonly url: string;
  readonly token: string;
  readonly connections: number;
  readonly seconds: number;
  /** Null: as many as the connections carry, each sending its next request when it has its answer. */
  readonly ordersPerSecond: number | null;
  readonly users: readonly string[];
  readonly products: readonly string[];
  readonly method: { readonly kind: 'place' } | { readonly kind: 'get'; readonly paths: readonly string[] };
  /** Begins every idempotency key; no two loads on one database share it. */
  readonly name: string;
  readonly keepIds: boolean;
}

export interface LoadResult {
  readonly seconds: number;
  /** Of the generator itself. */
  readonly cpuSeconds: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly latenciesMs: readonly number[];
  readonly ids: readonly string[];
}

/** Runs the load in a process of its own. @throws Error when it dies */
export async function runLoad(order: LoadOrder): Promise<LoadResult> {
  const child = fork(new URL('./load.process.ts', import.meta.url), { serialization: 'advanced' });
  const exited = once(child, 'exit');
  const answered = once(child, 'message');
  child.send(order);
  const result = await Promise.race([answered, exited.then(() => undefined)]);
  if (result === undefined) throw new Error('the load generator died');
  child.disconnect();
  await exited;
  return result[0];
}
