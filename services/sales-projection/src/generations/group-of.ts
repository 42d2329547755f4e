/** The consumer group of a generation. The first one has the configured name, as it had before there were others. */
export function groupOf(group: string, generation: number): string {
  return generation === 1 ? group : `${group}-g${generation}`;
}
