import { Type } from 'typebox';
import { SettingsError, secret } from './settings.ts';

/** Where Kafka is and how a service shows it who it is. Spread it into the service's `Type.Object({...})`. */
export const kafkaVariables = {
  KAFKA_BROKERS: Type.Array(Type.String({ minLength: 1 }), { minItems: 1, default: ['127.0.0.1:59092'] }),
  KAFKA_SASL_MECHANISM: Type.Optional(
    Type.Union([Type.Literal('plain'), Type.Literal('scram-sha-256'), Type.Literal('scram-sha-512')]),
  ),
  KAFKA_SASL_USERNAME: Type.Optional(Type.String({ minLength: 1 })),
  KAFKA_SASL_PASSWORD: Type.Optional(secret()),
  KAFKA_TLS: Type.Boolean({
    default: false,
    description: 'Authorities other than those that Node trusts: NODE_EXTRA_CA_CERTS',
  }),
};

type Mechanism = 'plain' | 'scram-sha-256' | 'scram-sha-512';

interface Variables {
  readonly KAFKA_BROKERS: readonly string[];
  readonly KAFKA_SASL_MECHANISM?: Mechanism;
  readonly KAFKA_SASL_USERNAME?: string;
  readonly KAFKA_SASL_PASSWORD?: string;
  readonly KAFKA_TLS: boolean;
}

/** The part of a Kafka client's settings that these variables make. */
export interface KafkaAccess {
  readonly brokers: readonly string[];
  readonly sasl?: { readonly mechanism: Mechanism; readonly username: string; readonly password: string };
  readonly tls?: object;
}

/** @throws SettingsError when some of mechanism, username and password are set and others not */
export function kafkaAccessFrom(variables: Variables): KafkaAccess {
  const {
    KAFKA_BROKERS: brokers,
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: username,
    KAFKA_SASL_PASSWORD: password,
  } = variables;
  const tls = variables.KAFKA_TLS ? { tls: {} } : {};
  if (mechanism !== undefined && username !== undefined && password !== undefined) {
    return { brokers, sasl: { mechanism, username, password }, ...tls };
  }
  const missing = Object.entries({ mechanism, username, password })
    .filter(([, value]) => value === undefined)
    .map(([part]) => `KAFKA_SASL_${part.toUpperCase()}`);
  if (missing.length < 3) {
    throw new SettingsError(
      missing.map((name) => `${name} is not set, but others of KAFKA_SASL_* are: all or none`),
    );
  }
  return { brokers, ...tls };
}
