/**
 * Runs starts side by side. When one fails, the others are told to give up at once, and the failure is thrown after
 * all of them have settled: then nothing is half started.
 *
 * @throws the first failure, or the signal's reason
 */
export async function startTogether<T extends AsyncDisposable>(
  starts: readonly ((signal: AbortSignal) => Promise<T>)[],
  signal: AbortSignal,
): Promise<T[]> {
  const failure = new AbortController();
  const together = AbortSignal.any([signal, failure.signal]);
  const outcomes = await Promise.allSettled(
    starts.map(async (start) => {
      try {
        return await start(together);
      } catch (error) {
        failure.abort(error);
        throw error;
      }
    }),
  );
  const started = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  if (!together.aborted) return started;
  await Promise.all(started.map((one) => one[Symbol.asyncDispose]()));
  throw together.reason;
}
