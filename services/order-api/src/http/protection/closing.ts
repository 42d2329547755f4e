import type { FastifyInstance, FastifyReply } from 'fastify';
import { overloaded } from './overloaded.ts';

/** In ms. So long an answer given at the end of the drain has to leave, before its connection is cut. */
const LAST_WORDS_MS = 500;

/**
 * Closing ends the connections that are idle at that moment, turns away what comes over the others, and lets what has
 * begun go on until the drain ends. Then whatever still runs is answered: a slow client may send its body for longer
 * than a supervisor waits, a statement may run for longer, and who is cut off knows nothing at all. A connection that
 * is answered later would be kept for the next request, and the close would wait for the client to go away.
 *
 * @param drainMs from the beginning of the close
 */
export function closeInOrder(app: FastifyInstance, drainMs: number): void {
  const underWay = new Map<FastifyReply, 'arriving' | 'running'>();
  const timers: NodeJS.Timeout[] = [];
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
    timers.push(setTimeout(() => answerAll(underWay), drainMs));
    // Heads of requests that never came to their end are no requests, and nobody else ends them in time.
    timers.push(setTimeout(() => app.server.closeAllConnections(), drainMs + LAST_WORDS_MS));
  });
  app.addHook('onClose', async () => timers.forEach((timer) => clearTimeout(timer)));
  app.addHook('onRequest', async (_request, reply) => {
    if (closing) throw overloaded('The service is closing. The request was not carried out.');
    underWay.set(reply, 'arriving');
    // Of a client that goes away there is no response to end.
    reply.raw.once('close', () => underWay.delete(reply));
  });
  app.addHook('preHandler', async (_request, reply) => {
    if (underWay.has(reply)) underWay.set(reply, 'running');
  });
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close');
  });
  app.addHook('onResponse', async (_request, reply) => {
    underWay.delete(reply);
  });
}

/** What runs may be committed yet; what was still arriving is not carried out. */
function answerAll(underWay: ReadonlyMap<FastifyReply, 'arriving' | 'running'>): void {
  for (const [reply, stage] of underWay) {
    if (reply.sent) continue;
    reply.send(
      stage === 'arriving'
        ? overloaded('The service is closing. The request was not carried out.')
        : new DOMException('the service closes, and the request still runs', 'AbortError'),
    );
  }
}
