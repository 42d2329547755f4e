import type { FastifyInstance } from 'fastify';
import { ProblemError } from './problems.ts';

/**
 * Answers 405 where the path is known and the method is not, and tells which it has (RFC 9110, 15.5.6): a 404 would
 * say that the path is wrong. Before the body is looked at. Knows the routes that are registered after it.
 */
export function refuseOtherMethods(app: FastifyInstance): void {
  const routes: { readonly method: string; readonly pattern: RegExp }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    const pattern = patternOf(url);
    for (const one of [method].flat()) routes.push({ method: one, pattern });
  });
  app.addHook('onRequest', async (request) => {
    if (!request.is404) return;
    const [path = ''] = request.url.split('?');
    const methods = new Set(routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method));
    if (methods.size === 0) return;
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
