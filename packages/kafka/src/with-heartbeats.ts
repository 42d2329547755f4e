import { wait } from '@waybill/retry';

/**
 * Beats while something is under way. When a beat fails there are no more of them, but the work is awaited all the
 * same: nothing goes on behind the caller's back.
 *
 * @throws the error of a beat, else that of the work
 */
export async function withHeartbeats<T>(
  work: Promise<T>,
  beat: () => Promise<void>,
  everyMs: number,
): Promise<T> {
  const over = new AbortController();
  const beats = async (): Promise<void> => {
    for (;;) {
      await wait(everyMs, over.signal);
      if (over.signal.aborted) return;
      await beat();
    }
  };
  const [outcome, beating] = await Promise.allSettled([work.finally(() => over.abort()), beats()]);
  if (beating.status === 'rejected') throw beating.reason;
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}
