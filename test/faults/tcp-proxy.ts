import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { ProxyConnection } from './proxy-connection.ts';

/** What the proxy does with connections. Switched while it runs, for all of them or for one. */
export type ProxyMode =
  | { readonly kind: 'pass' }
  /** Each way takes so much longer. */
  | { readonly kind: 'latency'; readonly ms: number }
  /** Whoever connects finds nobody (`ECONNREFUSED`); who is connected stays so. */
  | { readonly kind: 'refuse' }
  /** Connections are accepted, and nothing goes through either way. What was swallowed never comes. */
  | { readonly kind: 'black hole' }
  /** The server's end is gone and the client has not heard of it: what it sends is lost, and it gets no answer. */
  | { readonly kind: 'half open' }
  /** So many bytes of answers still go through, counted from now, then the client's connection is reset. */
  | { readonly kind: 'reset in answer'; readonly afterBytes: number }
  /** For Kafka: requests that produce reach the broker, and their answers get lost in this way. Others pass. */
  | { readonly kind: 'lose produce answers'; readonly how: 'swallow' | 'reset halfway' }
  /** For Kafka: requests that produce reach the broker, and their answers wait for another mode. Others pass. */
  | { readonly kind: 'hold produce answers' }
  /**
   * For PostgreSQL: a statement with this in it is carried out and committed, none of its answer comes through, and then
   * the client's connection is reset. Others pass.
   */
  | { readonly kind: 'lose commit answers'; readonly of: string };

export interface ProxyOptions {
  /** `host:port` of the server behind. */
  readonly target: string;
  /** On 127.0.0.1; default: one that the system picks. */
  readonly port?: number;
  /** `kafka` is forwarded request by request, so that answers can be told apart. Default `bytes`. */
  readonly speaks?: 'kafka' | 'bytes';
}

/** Stands between a client and a server and fails on demand. */
export interface TcpProxy extends AsyncDisposable {
  /** `host:port`. */
  readonly url: string;
  readonly port: number;
  /** Clients connected now. */
  readonly connections: readonly ProxyConnection[];
  /** Answers that were lost so far: to requests that produce, or to statements that were committed. */
  readonly lostAnswers: number;
  /** Answers to requests that produce that wait here now: the broker has written what they are about. */
  readonly heldAnswers: number;
  /** Versions of the requests to produce that came by. */
  readonly produceVersions: ReadonlySet<number>;
  /** For connections there are and those to come. */
  setMode(mode: ProxyMode): Promise<void>;
  /** Resets every connection (RST), and goes on in its mode for new ones. */
  cut(): void;
}

export async function startTcpProxy(options: ProxyOptions): Promise<TcpProxy> {
  const proxy = new RunningProxy(options);
  await proxy.listen(options.port ?? 0);
  return proxy;
}

class RunningProxy implements TcpProxy {
  readonly #options: ProxyOptions;
  readonly #connections = new Set<ProxyConnection>();
  #server: Server | undefined;
  #port = 0;
  #mode: ProxyMode = { kind: 'pass' };
  #lostAnswers = 0;
  readonly produceVersions = new Set<number>();

  constructor(options: ProxyOptions) {
    this.#options = options;
  }

  get url(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  get connections(): readonly ProxyConnection[] {
    return [...this.#connections];
  }

  get lostAnswers(): number {
    return this.#lostAnswers;
  }

  get heldAnswers(): number {
    return this.connections.reduce((sum, { heldAnswers }) => sum + heldAnswers, 0);
  }

  async listen(port: number): Promise<void> {
    const server = createServer((client) => this.#accept(client));
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy listens on no port');
    this.#port = address.port;
    this.#server = server;
  }

  async setMode(mode: ProxyMode): Promise<void> {
    this.#mode = mode;
    for (const connection of this.#connections) connection.setMode(mode);
    if (mode.kind === 'refuse') this.#stopListening();
    else if (this.#server === undefined) await this.listen(this.#port);
  }

  cut(): void {
    for (const connection of this.#connections) connection.reset();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopListening();
    this.cut();
  }

  #stopListening(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  #accept(client: Socket): void {
    const { target, speaks = 'bytes' } = this.#options;
    const colon = target.lastIndexOf(':');
    const upstream = connect(Number(target.slice(colon + 1)), target.slice(0, colon));
    const connection = new ProxyConnection({
      client,
      upstream,
      speaks,
      mode: this.#mode,
      onLostAnswer: () => {
        this.#lostAnswers += 1;
      },
      onProduce: (version) => this.produceVersions.add(version),
    });
    this.#connections.add(connection);
    client.once('close', () => this.#connections.delete(connection));
  }
}
