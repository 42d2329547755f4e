import type { ComposeService } from './compose-file.ts';
import type { World } from './world.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * Every `host:port` in a value: of URLs, of broker lists, of Kafka's listeners and voters. Listeners without a host
 * (`CONTROLLER://:9093`) are where somebody listens, not whom somebody calls.
 */
export function addressesIn(value: string): Address[] {
  const found = value.matchAll(/(?:^|[@,/])([a-z0-9][a-z0-9.-]*):(\d{2,5})(?=$|[,/?])/gi);
  const plain = [...found].map(([, host = '', port]) => ({ host, port: Number(port) }));
  const redis = /^redis:\/\/([a-z0-9.-]+)$/i.exec(value)?.[1];
  return redis === undefined ? plain : [...plain, { host: redis, port: 6379 }];
}

/** Ports that the images of this file listen to when nothing else is said. */
const imagePorts: Readonly<Record<string, readonly number[]>> = { postgres: [5432], redis: [6379] };

/** The ports that a service listens to in its container, by its own settings where it is one of ours. */
export function listensOn(service: ComposeService, world: World): number[] {
  const listeners = service.environment['KAFKA_LISTENERS'];
  if (listeners !== undefined)
    return [...listeners.matchAll(/:\/\/[^:,]*:(\d+)/g)].map(([, port]) => Number(port));
  const settings = world.settings.get(service.name);
  if (!settings) return [...(imagePorts[service.name] ?? [])];
  try {
    const values = settings.parse(service.environment);
    return [
      listening(values, 'HOST', 'PORT'),
      listening(values, 'MANAGEMENT_HOST', 'MANAGEMENT_PORT'),
    ].flat();
  } catch {
    // Reported by environmentsFit; an environment that does not fit listens to nothing.
    return [];
  }
}

/** A port that is bound to the container's loopback cannot be published. */
function listening(values: Readonly<Record<string, unknown>>, host: string, port: string): number[] {
  return values[host] === '0.0.0.0' && typeof values[port] === 'number' ? [values[port]] : [];
}

/** A service that does its work and ends. */
export function isOneShot(service: ComposeService): boolean {
  return service.name === 'prepare';
}
