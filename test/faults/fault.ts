/** A fault that ends at the latest with the test: the next one wants its servers whole. */
export interface Fault extends AsyncDisposable {
  readonly begin: () => Promise<void> | void;
  /** The first call ends it, the others do nothing. */
  readonly end: () => Promise<void>;
}

export function faultOf(begin: () => Promise<void> | void, end: () => Promise<void> | void): Fault {
  let isOver = false;
  const endOnce = async (): Promise<void> => {
    if (isOver) return;
    isOver = true;
    await end();
  };
  return { begin, end: endOnce, [Symbol.asyncDispose]: endOnce };
}
