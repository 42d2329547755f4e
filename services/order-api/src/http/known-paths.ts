import type { FastifyInstance } from 'fastify';
import { ProblemError } from './problems.ts';

/**
 * Answers 405 where the path is known and the method is not, and tells which it has (RFC 9110, 15.5.6): a 404 would
 * say that the path is wrong. A path that is known as it stands is itself and nobody's parameter: `batch` is no id of
 * an order. Before the body is looked at. Knows the routes that are registered after it.
 */
export function refuseOtherMethods(app: FastifyInstance): void {
  const fixed = new Map<string, Set<string>>();
  const patterns: { readonly method: string; readonly pattern: RegExp }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    for (const one of [method].flat()) {
      if (/[:*]/.test(url)) patterns.push({ method: one, pattern: patternOf(url) });
      else fixed.set(url, (fixed.get(url) ?? new Set()).add(one));
    }
  });
  const methodsLike = (path: string): Set<string> =>
    new Set(patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method));

  app.addHook('onRequest', async (request) => {
    const [path = ''] = request.url.split('?');
    const isTakenForParameter = request.routeOptions.url?.includes(':') === true;
    const known = request.is404 || isTakenForParameter ? fixed.get(path) : undefined;
    const methods = known ?? (request.is404 ? methodsLike(path) : undefined);
    if (methods === undefined || methods.size === 0 || methods.has(request.method)) return;
    const allow = [...methods].toSorted((a, b) => a.localeCompare(b)).join(', ');
    throw new ProblemError({
      name: 'method-not-allowed',
      detail: `This path answers ${allow}.`,
      headers: { allow },
    });
  });
}

/** Fastify's `:name` is a segment of the path and its `*` the rest of it. */
function patternOf(url: string): RegExp {
  const segments = url
    .split('/')
    .map((segment) =>
      segment.startsWith(':')
        ? '[^/]+'
        : segment.replaceAll(/[.+?^$()[\]{}|\\]/g, String.raw`\$&`).replace('*', '.*'),
    );
  return new RegExp(`^${segments.join('/')}$`);
}
