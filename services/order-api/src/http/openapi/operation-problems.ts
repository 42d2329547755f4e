import { problemCatalogue, type ProblemName } from '../problem-catalogue.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What this route can answer beside the problems that follow from its schema, its token and its headers. */
    readonly problems?: readonly ProblemName[];
  }
}

/** What of a route decides which problems it can answer. */
export interface RouteFacts {
  readonly needsToken: boolean;
  readonly takesIdempotencyKey: 'for-the-whole' | undefined;
  readonly takesIfMatch: boolean;
  readonly hasBody: boolean;
  readonly hasParametersOrQuery: boolean;
  readonly hasCursor: boolean;
  readonly declared: readonly ProblemName[];
}

/** Answered where there is no operation. */
export const problemsOfNoOperation: readonly ProblemName[] = ['method-not-allowed'];

/** Every problem that the route can answer, in the order of the catalogue. */
export function problemsOf(facts: RouteFacts): readonly ProblemName[] {
  const can = new Set<ProblemName>([
    ...facts.declared,
    'request-timeout',
    'too-many-requests',
    'head-too-large',
    'internal-error',
    'service-unavailable',
  ]);
  const add = (applies: boolean, ...names: readonly ProblemName[]): void => {
    if (applies) for (const name of names) can.add(name);
  };
  add(facts.needsToken, 'unauthenticated', 'forbidden');
  add(facts.hasBody || facts.hasParametersOrQuery, 'invalid-request');
  add(facts.hasBody, 'invalid-json', 'body-too-large', 'unsupported-media-type');
  add(facts.hasCursor, 'invalid-cursor');
  add(facts.takesIdempotencyKey !== undefined, 'idempotency-key-required');
  add(facts.takesIdempotencyKey === 'for-the-whole', 'idempotency-key-reused', 'request-in-progress');
  add(facts.takesIfMatch, 'invalid-request', 'precondition-failed', 'precondition-required');
  return problemNames.filter((name) => can.has(name));
}

export const problemNames = Object.keys(problemCatalogue).filter(isProblemName);

export function isProblemName(name: string): name is ProblemName {
  return Object.hasOwn(problemCatalogue, name);
}
