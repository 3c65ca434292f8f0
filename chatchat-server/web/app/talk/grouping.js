/**
 * How messages that follow each other belong together.
 */

/** Within this time, what one person writes is one group, in milliseconds. */
const TOGETHER = 5 * 60_000;

/**
 * What a message is, as far as grouping goes.
 * @typedef {{ sender_id: string | null, created_at: string, isNotice: boolean }} Grouped
 */

/**
 * Whether a message begins a day, and whether it begins a group of its sender's. One whose predecessor is not known
 * begins a group, but no day, unless it is the first of all.
 * @param {Grouped} message
 * @param {Grouped | undefined} before
 * @param {{ isFirst?: boolean, isParted?: boolean }} [at] `isParted`: something stands between the two
 */
export function grouping(message, before, { isFirst = false, isParted = false } = {}) {
  const beginsDay = isFirst || (before !== undefined && !isSameDay(message.created_at, before.created_at));
  const goesOn =
    before !== undefined && !beginsDay && !isParted && !message.isNotice && !before.isNotice &&
    message.sender_id === before.sender_id &&
    new Date(message.created_at).getTime() - new Date(before.created_at).getTime() < TOGETHER;
  return { beginsDay, beginsGroup: !goesOn };
}

function isSameDay(one, other) {
  const [a, b] = [new Date(one), new Date(other)];
  return a.getFullYear() === b.getFullYear() && a.getMonth() === b.getMonth() && a.getDate() === b.getDate();
}
