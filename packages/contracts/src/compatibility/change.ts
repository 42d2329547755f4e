/**
 * What became of something that was released. An addition disturbs nobody. A break disturbs somebody: those who read
 * new events with the released schema, or those who read old events, which the topics keep for ever, with the new one.
 */
export type Change =
  | { readonly kind: 'addition'; readonly place: string; readonly what: string }
  | { readonly kind: 'break'; readonly place: string; readonly what: string; readonly why: string };

/** How a rule of a schema changed. */
export type Direction = 'narrower' | 'wider' | 'other';

export const whyItBreaks: Readonly<Record<Direction, string>> = {
  narrower: 'the topic keeps events for ever, and those that fitted before need not fit this',
  wider: 'consumers that hold to the released schema would refuse what this allows',
  other:
    'old events need not fit this, and consumers that hold to the released schema need not take the new ones',
};
