import type { paths } from './api-types.ts';

/** Operations by POST that are carried out once per key. */
export type KeyedPath = {
  [Path in keyof paths]: paths[Path] extends {
    post: { parameters: { header: { 'idempotency-key': string } } };
  }
    ? Path
    : never;
}[keyof paths];

/** The same at run time; the compiler holds that none is missing and none too many. */
const keyedPaths: Readonly<Record<KeyedPath, true>> = {
  '/v1/orders': true,
  '/v1/orders/batch': true,
  '/v1/orders/{id}/cancel': true,
  '/v1/products/stock-adjustments': true,
};

export function isKeyed(path: string): path is KeyedPath {
  return Object.hasOwn(keyedPaths, path);
}

/** The API's paths as the client takes them: the key may be left out, because one is made. */
export type ClientPaths = {
  [Path in keyof paths]: Path extends KeyedPath
    ? Omit<paths[Path], 'post'> & { post: WithOptionalKey<paths[Path]['post']> }
    : paths[Path];
};

type WithOptionalKey<Operation> = Operation extends {
  parameters: { header: infer Header extends { 'idempotency-key': string } };
}
  ? Omit<Operation, 'parameters'> & {
      parameters: Omit<Operation['parameters'], 'header'> &
        ([keyof Omit<Header, 'idempotency-key'>] extends [never]
          ? { header?: { 'idempotency-key'?: string } }
          : { header: Omit<Header, 'idempotency-key'> & { 'idempotency-key'?: string } });
    }
  : Operation;
