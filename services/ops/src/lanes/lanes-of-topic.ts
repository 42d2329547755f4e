import { OperatorError } from '../operator-error.ts';

/** @throws OperatorError NOT_FOUND when there is none: a topic that is misspelt is no topic without events */
export function lanesOfTopic<Lane extends { readonly topic: string }>(
  lanes: readonly Lane[],
  topic: string,
): Lane[] {
  const own = lanes.filter((lane) => lane.topic === topic);
  if (own.length > 0) return own;
  throw new OperatorError(`No lane is of topic ${topic}: waybill lanes shows them.`, { code: 'NOT_FOUND' });
}
