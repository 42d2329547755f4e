import { randomUUIDv7 } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyBaseLogger } from 'fastify';
import { problemOf, type ProblemReport } from '../problems.ts';

/** What Node's parser gives up, by its error's code. */
const reports: ReadonlyMap<string, ProblemReport> = new Map([
  [
    'ERR_HTTP_REQUEST_TIMEOUT',
    { name: 'request-timeout', detail: 'The request took too long to come. It was not carried out.' },
  ],
  ['HPE_HEADER_OVERFLOW', { name: 'head-too-large', detail: 'The head of the request is too large.' }],
]);
const unreadable: ProblemReport = { name: 'invalid-request', detail: 'This cannot be read as HTTP/1.1.' };

/** What is used here of Fastify, which calls the handler as its own method. */
interface Host {
  readonly log: Pick<FastifyBaseLogger, 'info'>;
}

/** Answers what never became a request: too slow, heads too large, no HTTP. Its id is made here, for the log. */
export function refuseConnections(publicUrl: string) {
  return function refuse(this: Host, error: Error & { readonly code?: string }, socket: Socket): void {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const report = reports.get(error.code ?? '') ?? unreadable;
    const problem = problemOf(report, publicUrl, randomUUIDv7());
    const { status, instance } = problem;
    this.log.info({ reqId: instance, status }, 'answered');
    const body = JSON.stringify(problem);
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'content-type: application/problem+json',
      `content-length: ${Buffer.byteLength(body)}`,
      `x-request-id: ${instance}`,
      'connection: close',
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  };
}
