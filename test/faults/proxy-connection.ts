import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { correlationIdOf, FrameCutter, produceRequestIn, readyForQuery, versionOf } from './frames.ts';
import type { ProxyMode } from './tcp-proxy.ts';

export interface ProxiedSockets {
  readonly client: Socket;
  readonly upstream: Socket;
  readonly speaks: 'kafka' | 'bytes';
  readonly mode: ProxyMode;
  readonly onLostAnswer: () => void;
  /** Hears of each request that produces, for Kafka. */
  readonly onProduce: (version: number) => void;
}

/** One client's way through the proxy. */
export class ProxyConnection {
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #onLostAnswer: () => void;
  /** Requests whose answers are to get lost. */
  readonly #doomed = new Set<number>();
  /** Requests whose answers are to wait. */
  readonly #toHold = new Set<number>();
  readonly #held: Buffer[] = [];
  /** The end of what was answered to a statement whose answer is to get lost. */
  #lostEnd: Buffer | undefined;
  #mode: ProxyMode;
  /** Bytes of answers that still go through in mode `reset in answer`. */
  #answerBytesLeft = Infinity;
  #isBreakingOff = false;
  /** What goes one way stays in order, whatever the delays. */
  #toServer: Promise<unknown> = Promise.resolve();
  #toClient: Promise<unknown> = Promise.resolve();

  constructor({ client, upstream, speaks, mode, onLostAnswer, onProduce }: ProxiedSockets) {
    this.#client = client;
    this.#upstream = upstream;
    this.#onLostAnswer = onLostAnswer;
    this.#mode = mode;
    this.setMode(mode);
    const [requests, answers] = [new FrameCutter(), new FrameCutter()];
    const cut = (cutter: FrameCutter, chunk: Buffer) => (speaks === 'kafka' ? cutter.push(chunk) : [chunk]);
    client.on('data', (chunk: Buffer) => {
      for (const request of cut(requests, chunk)) {
        if (speaks === 'kafka' && produceRequestIn(request) !== undefined) onProduce(versionOf(request));
        this.#forward(request, speaks);
      }
    });
    upstream.on('data', (chunk: Buffer) => {
      for (const answer of cut(answers, chunk)) this.#answer(answer, speaks);
    });
    // The other side of a lost connection gives its reason by closing; nothing here reports it twice.
    for (const socket of [client, upstream]) socket.setNoDelay(true).on('error', () => socket.destroy());
    client.once('close', () => upstream.destroy());
    upstream.once('close', () => this.#upstreamIsGone());
  }

  /** Answers of the broker that wait here. */
  get heldAnswers(): number {
    return this.#held.length;
  }

  setMode(mode: ProxyMode): void {
    this.#mode = mode;
    this.#answerBytesLeft = mode.kind === 'reset in answer' ? mode.afterBytes : Infinity;
    if (mode.kind === 'half open') this.#upstream.destroy();
    if (mode.kind !== 'hold produce answers') {
      for (const answer of this.#held.splice(0)) this.#answer(answer, 'kafka');
    }
  }

  /** RST: neither side gets a goodbye. */
  reset(): void {
    this.#client.resetAndDestroy();
    this.#upstream.destroy();
  }

  #forward(request: Buffer, speaks: 'kafka' | 'bytes'): void {
    if (this.#mode.kind === 'black hole' || this.#mode.kind === 'half open') return;
    const correlationId = speaks === 'kafka' ? produceRequestIn(request) : undefined;
    if (correlationId !== undefined) {
      if (this.#mode.kind === 'lose produce answers') this.#doomed.add(correlationId);
      if (this.#mode.kind === 'hold produce answers') this.#toHold.add(correlationId);
    }
    if (this.#mode.kind === 'lose commit answers' && request.includes(this.#mode.of)) {
      this.#lostEnd = Buffer.alloc(0);
    }
    this.#toServer = this.#later(this.#toServer, () => this.#upstream.write(request));
  }

  #answer(answer: Buffer, speaks: 'kafka' | 'bytes'): void {
    if (this.#mode.kind === 'black hole' || this.#mode.kind === 'half open') return;
    if (this.#isBreakingOff) return;
    if (this.#lostEnd !== undefined) {
      this.#loseCommitAnswer(Buffer.concat([this.#lostEnd, answer]));
      return;
    }
    if (speaks === 'kafka' && this.#doomed.delete(correlationIdOf(answer))) {
      this.#loseAnswer(answer);
      return;
    }
    if (this.#mode.kind === 'hold produce answers' && this.#toHold.delete(correlationIdOf(answer))) {
      this.#held.push(answer);
      return;
    }
    if (answer.length > this.#answerBytesLeft) {
      this.#breakOff(answer.subarray(0, this.#answerBytesLeft));
      return;
    }
    this.#answerBytesLeft -= answer.length;
    this.#toClient = this.#later(this.#toClient, () => this.#client.write(answer));
  }

  #loseAnswer(answer: Buffer): void {
    this.#onLostAnswer();
    if (this.#mode.kind !== 'lose produce answers' || this.#mode.how === 'swallow') return;
    this.#breakOff(answer.subarray(0, Math.floor(answer.length / 2)));
  }

  /** Only when the server is ready for the next statement is this one committed for sure. */
  #loseCommitAnswer(answered: Buffer): void {
    this.#lostEnd = answered.subarray(-readyForQuery.length);
    if (!this.#lostEnd.equals(readyForQuery)) return;
    this.#onLostAnswer();
    this.reset();
  }

  /** Nothing comes after it, not even what is answered in the moments before the reset. */
  #breakOff(last: Buffer): void {
    if (this.#isBreakingOff) return;
    this.#isBreakingOff = true;
    this.#toClient = this.#later(this.#toClient, () => this.#client.write(last, () => this.reset()));
  }

  async #later(before: Promise<unknown>, send: () => void): Promise<void> {
    const due = this.#mode.kind === 'latency' ? delay(this.#mode.ms) : undefined;
    await before;
    await due;
    send();
  }

  #upstreamIsGone(): void {
    // In these modes nobody tells the client.
    if (this.#mode.kind === 'half open' || this.#mode.kind === 'black hole') return;
    this.#client.destroy();
  }
}
