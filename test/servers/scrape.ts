import type { LocalServer } from '../../infra/local/index.ts';

/** Values of a service's metrics by series, `name{label="value"}`. */
export async function scrape(service: Pick<LocalServer, 'url'>): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${service.url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}
