import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isUnavailable, wasRolledBack } from '../use-cases/storage-error.ts';
import { problemCatalogue } from './problem-catalogue.ts';
import { ProblemError, problemOf, type ProblemReport } from './problems.ts';
import { validationReport } from './validation.ts';

/** What Fastify itself refuses, by its error code. */
const fastifyRefusals: ReadonlyMap<string, ProblemReport> = new Map([
  [
    'FST_ERR_CTP_BODY_TOO_LARGE',
    { name: 'body-too-large', detail: 'The body is larger than this path takes.' },
  ],
  [
    'FST_ERR_CTP_INVALID_MEDIA_TYPE',
    { name: 'unsupported-media-type', detail: 'Send Content-Type: application/json.' },
  ],
  ['FST_ERR_CTP_INVALID_JSON_BODY', { name: 'invalid-json', detail: 'The body cannot be read as JSON.' }],
  ['FST_ERR_CTP_EMPTY_JSON_BODY', { name: 'invalid-json', detail: 'The body is empty.' }],
]);

/** Every answer that is no success is a problem, the ones that Fastify makes included. */
export function answerWithProblems(app: FastifyInstance, publicUrl: string): void {
  app.setErrorHandler((error, request, reply) => {
    return sendProblem(request, reply, reportError(error, request), publicUrl);
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, { name: 'not-found', detail: 'There is nothing at this path.' }, publicUrl),
  );
}

/**
 * Logs what is not the client's doing: here and nowhere else, but for orders that failed together. Whoever throws a
 * problem means it.
 */
function reportError(error: unknown, request: FastifyRequest): ProblemReport {
  const report = reportFailure(error, request);
  if (problemCatalogue[report.name].status >= 500 && !(error instanceof ProblemError)) {
    request.log.error({ err: error }, 'request failed');
  }
  return report;
}

/** Sent as text, so that no serializer drops a member. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  report: ProblemReport,
  publicUrl: string,
): FastifyReply {
  const problem = problemOf(report, publicUrl, request.id);
  return reply
    .code(problem.status)
    .headers({ 'x-request-id': request.id, ...report.headers })
    .type('application/problem+json')
    .send(JSON.stringify(problem));
}

/** What a client reads about an order that failed with others, which was logged once for all of them. */
export function reportFailure(error: unknown, request: FastifyRequest): ProblemReport {
  return reportOf(error instanceof Error ? error : new Error(String(error)), request);
}

function reportOf(error: Error & Partial<FastifyError>, request: FastifyRequest): ProblemReport {
  if (error instanceof ProblemError) return error.report;
  if (error.validation) return validationReport(error.validation, error.validationContext);
  const refusal = fastifyRefusals.get(error.code ?? '');
  if (refusal) return refusal;
  if (isUnavailable(error) || error.name === 'AbortError') {
    return {
      name: 'service-unavailable',
      detail: unavailableDetail(error, request),
      headers: { 'retry-after': '1' },
    };
  }
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return { name: 'invalid-request', detail: 'The request cannot be read.' };
  }
  return {
    name: 'internal-error',
    detail: 'The request failed for a reason that is not yours. It is logged.',
  };
}

/**
 * Under a key the work was tried several times, and the last error tells nothing about the tries before it: one of
 * them may have been committed without being heard of.
 */
function unavailableDetail(error: Error, request: FastifyRequest): string {
  if (request.routeOptions.config.takesIdempotencyKey !== undefined) {
    return 'It is not known whether the request was carried out. Sent again with the same Idempotency-Key, it is carried out once.';
  }
  if (request.method !== 'GET' && !wasRolledBack(error)) {
    return 'It is not known whether the request was carried out.';
  }
  return 'The request was not carried out.';
}
