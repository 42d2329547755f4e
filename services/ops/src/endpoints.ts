import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Type } from 'typebox';
import Value from 'typebox/value';
import { OperatorError } from './operator-error.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const home = fileURLToPath(new URL('../../../.local/', import.meta.url));

const Endpoints = Type.Object({
  api: Type.String(),
  kafkaBrokers: Type.Array(Type.String()),
  databases: Type.Object({ orders: Type.String(), sales: Type.String() }),
});

/**
 * The environment, with what `npm start` wrote about its servers where a variable is not set. Without a running
 * `npm start` it is the environment alone.
 *
 * @param folder where `npm start` keeps its things
 * @throws OperatorError when that file is not what `npm start` writes
 */
export function withLocalEndpoints(env: Environment, folder: string = home): Environment {
  const endpoints = readEndpoints(`${folder}endpoints.json`);
  if (endpoints === undefined) return env;
  const { api, kafkaBrokers, databases } = endpoints;
  return {
    WAYBILL_API_URL: api,
    WAYBILL_DATABASE_URL: databases.orders,
    WAYBILL_SALES_DATABASE_URL: databases.sales,
    KAFKA_BROKERS: kafkaBrokers.join(','),
    WAYBILL_TOKEN_FILE: `${folder}operator-token`,
    WAYBILL_SIGNING_KEY_FILE: `${folder}keys/private.jwk.json`,
    ...Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== '')),
  };
}

function readEndpoints(file: string) {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new OperatorError(`${file} cannot be read`, { cause: error });
  }
  try {
    const endpoints: unknown = JSON.parse(text);
    if (Value.Check(Endpoints, endpoints)) return endpoints;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new OperatorError(`${file} is not what npm start writes: remove it and run npm start`);
}
