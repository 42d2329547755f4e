import { parse } from 'yaml';

/** A service of docker-compose.yml, as far as the checks ask about it. Merge keys and anchors are resolved. */
export interface ComposeService {
  readonly name: string;
  readonly image: string | undefined;
  readonly build:
    | { readonly context: string; readonly dockerfile: string; readonly target: string }
    | undefined;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly ports: readonly PublishedPort[];
  readonly volumes: readonly Mount[];
  readonly dependsOn: Readonly<Record<string, string>>;
  /** The command of the health check; undefined when the image's own is left in force, empty when it is disabled. */
  readonly healthcheck: readonly string[] | undefined;
}

/** `127.0.0.1:55432:5432`. */
export interface PublishedPort {
  readonly host: string;
  readonly published: number;
  readonly target: number;
}

/** `postgres-data:/var/lib/postgresql` or `./file:/place:ro`. */
export interface Mount {
  readonly source: string;
  readonly target: string;
}

export interface ComposeFile {
  readonly services: readonly ComposeService[];
  readonly volumes: readonly string[];
}

/** A node of a YAML document as plain data. */
export type Plain = Readonly<Record<string, unknown>>;

/** The document with anchors and merge keys resolved, before anything is believed about it. */
export function parseDocument(text: string): Plain {
  return plain(parse(text, { merge: true, strict: true, uniqueKeys: true }));
}

/** Reads a document that has passed the schema. @throws Error where it uses a form that the checks do not know */
export function readCompose(document: Plain): ComposeFile {
  return {
    services: Object.entries(plain(document['services'])).map(([name, value]) =>
      readService(name, plain(value)),
    ),
    volumes: Object.keys(plain(document['volumes'] ?? {})),
  };
}

function readService(name: string, service: Plain): ComposeService {
  const build = service['build'] === undefined ? undefined : plain(service['build']);
  return {
    name,
    image: service['image'] === undefined ? undefined : scalar(service['image']),
    build: build && {
      context: scalar(build['context']),
      dockerfile: scalar(build['dockerfile']),
      target: scalar(build['target']),
    },
    command: texts(service['command'] ?? []),
    environment: Object.fromEntries(
      Object.entries(plain(service['environment'] ?? {})).map(([key, value]) => [key, scalar(value)]),
    ),
    ports: texts(service['ports'] ?? []).map(readPort),
    volumes: texts(service['volumes'] ?? []).map(readMount),
    dependsOn: Object.fromEntries(
      Object.entries(plain(service['depends_on'] ?? {})).map(([on, how]) => [
        on,
        scalar(plain(how)['condition']),
      ]),
    ),
    healthcheck: readHealthcheck(service['healthcheck']),
  };
}

function readPort(text: string): PublishedPort {
  const match = /^(?:([\d.]+):)?(\d+):(\d+)$/.exec(text);
  if (!match) throw new Error(`port ${text} is not host:published:target`);
  return { host: match[1] ?? '0.0.0.0', published: Number(match[2]), target: Number(match[3]) };
}

function readMount(text: string): Mount {
  const [source = '', target = ''] = text.split(':');
  return { source, target };
}

function readHealthcheck(value: unknown): string[] | undefined {
  if (value === undefined) return undefined;
  const check = plain(value);
  return check['disable'] === true ? [] : texts(check['test']);
}

function plain(value: unknown): Plain {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('expected a mapping');
  return Object.fromEntries(Object.entries(value));
}

function texts(value: unknown): string[] {
  if (!Array.isArray(value)) throw new Error('expected a list: the checks read lists, not one string');
  return value.map(scalar);
}

function scalar(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  throw new Error('expected a text or a number');
}
