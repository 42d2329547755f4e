/**
 * Aborts so long after the stop: what runs when the service is told to stop may use its retries until then. Where the
 * stop came before there was anything to drain, at once.
 */
export function endOfDrain(stop: AbortSignal, drainMs: number): AbortSignal {
  if (stop.aborted) return stop;
  const end = new AbortController();
  stop.addEventListener('abort', () => setTimeout(() => end.abort(stop.reason), drainMs).unref(), {
    once: true,
  });
  return end.signal;
}
