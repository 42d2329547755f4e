/** One line for a human about what is going on; never a result. */
export type Progress = (line: string) => void;

/** A server that answers its protocol, however it came to run. */
export interface RunningServer extends AsyncDisposable {
  /** `PostgreSQL`, `Kafka`, `Redis`, or a service's own. */
  readonly name: string;
  /** `postgres://…` as superuser, `host:port` for Kafka, `redis://…`. */
  readonly url: string;
  readonly port: number;
  /** For the banner: which server this is and who runs it. */
  readonly how: string;
  /** Ends it in good order and waits until it is gone; a second call waits for the same end. */
  stop(): Promise<void>;
}

/** A server that is a child process of ours. */
export interface LocalServer extends RunningServer {
  readonly pid: number;
  /** Where its output goes. */
  readonly logFile: string;
  /** Resolves when the process is gone, wanted or not, with its code or signal. Never rejects. */
  readonly exited: Promise<string>;
  /** Sends a signal and waits for nothing: SIGKILL and SIGSTOP are for tests of faults. */
  signal(signal: NodeJS.Signals): void;
}

/** Whether it is a child process of ours; whoever started the others looks after them. */
export function isChild(server: RunningServer): server is LocalServer {
  return 'exited' in server;
}

export interface StartOptions {
  /** Absolute; made when missing. What it holds is found again by the next start. */
  readonly dataDir: string;
  /** On 127.0.0.1. */
  readonly port: number;
  /** Default: a file in the data folder. */
  readonly logFile?: string;
  readonly progress: Progress;
  /** Gives up a start that is under way; the start then rejects after it has ended what it began. */
  readonly signal?: AbortSignal | undefined;
}

/** A local server cannot be had; the message names the reason and the way out. */
export class LocalServerError extends Error {
  readonly code:
    | 'DIED_AT_START'
    | 'NO_ANSWER'
    | 'MISSING_TOOL'
    | 'DOWNLOAD_FAILED'
    | 'UNSUPPORTED_PLATFORM'
    | 'UNSAFE_FOLDER'
    | 'NO_FREE_PORT'
    | 'NO_WAY';

  constructor(code: LocalServerError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LocalServerError';
    this.code = code;
  }
}
