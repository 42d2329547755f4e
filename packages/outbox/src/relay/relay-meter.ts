/** What a cycle spends its time on. A read that went ahead counts only as far as the cycle had to wait for it. */
export type CyclePhase = 'read' | 'send' | 'commit';

/** Takes the relay's measurements. Called in every cycle: it has to be cheap and must not throw. */
export interface RelayMeter {
  phase(phase: CyclePhase, ms: number): void;
  /** The broker acknowledged a batch of so many events, `ms` after it was sent. */
  acknowledged(topic: string, events: number, ms: number): void;
  /** A batch failed, and its lane backs off. */
  failed(topic: string, error: unknown): void;
}

/** For a relay that nobody measures. */
export const noMeter: RelayMeter = {
  phase: () => undefined,
  acknowledged: () => undefined,
  failed: () => undefined,
};

interface Measured {
  readonly meter: RelayMeter;
  readonly monotonic: () => number;
}

/** Waits for a phase and measures it. One that fails is not measured: its session ends. */
export async function timed({ meter, monotonic }: Measured, phase: CyclePhase, work: Promise<void>) {
  const since = monotonic();
  await work;
  meter.phase(phase, monotonic() - since);
}
