import { wait } from '@waybill/retry';
import type { Sockets } from './sockets.ts';

/**
 * Waits for kafkajs to disconnect in good order, at most `limitMs`, and cuts what is left then: a frozen broker keeps
 * kafkajs waiting for an answer.
 *
 * @returns whether it was in good order
 */
export async function disconnectWithin(
  limitMs: number,
  disconnecting: Promise<unknown>,
  sockets: Sockets,
): Promise<boolean> {
  const done = new AbortController();
  let inOrder = false;
  disconnecting.then(
    () => {
      inOrder = true;
      done.abort();
    },
    () => done.abort(),
  );
  await wait(limitMs, done.signal);
  if (inOrder) sockets.close();
  else sockets.breakOff(new Error('the client was closed'));
  return inOrder;
}
