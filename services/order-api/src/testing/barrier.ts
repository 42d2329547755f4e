import { StorageError } from '../use-cases/storage-error.ts';
import type { Transactions } from '../use-cases/unit-of-work.ts';

/** Stands before each unit of work that writes. */
export interface Barrier {
  readonly transactions: Transactions;
  /** Units of work that come now wait. */
  lower(): void;
  lift(): void;
  /** Resolves when one waits. */
  reached(): Promise<void>;
  /** The nth unit of work that begins from now on is committed, and nobody hears of it. */
  loseAnswerOf(nth: number): void;
}

export function barrier(inner: Transactions): Barrier {
  let open = Promise.withResolvers<void>();
  open.resolve();
  let waits = Promise.withResolvers<void>();
  let lost = 0;
  return {
    transactions: {
      read: (work) => inner.read(work),
      async write(work) {
        waits.resolve();
        await open.promise;
        lost -= 1;
        const isLost = lost === 0;
        const result = await inner.write(work);
        if (isLost) throw new StorageError({ sqlState: '08006' });
        return result;
      },
    },
    lower() {
      open = Promise.withResolvers<void>();
      waits = Promise.withResolvers<void>();
    },
    lift: () => open.resolve(),
    reached: () => waits.promise,
    loseAnswerOf(nth) {
      lost = nth;
    },
  };
}
