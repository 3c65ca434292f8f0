import { readFileSync, readdirSync } from 'node:fs';

import { Service, refusal } from './service.js';

const folder = new URL('../streams/', import.meta.url);

/** The recordings of the server's property test: what a client has heard, and what was fetched in the end. */
export const recordings = readdirSync(folder).map((name) => ({
  name,
  ...JSON.parse(readFileSync(new URL(name, folder), 'utf8')),
}));

const keyOf = ({ event, data }) => {
  if (data.message) return `message ${data.message.seq}`;
  if (data.member) return `member ${data.member.user.id}`;
  return event === 'member_removed' ? `member ${data.user_id}` : event;
};

/**
 * The service as it was when something was recorded: event by event. How a conversation stood was fetched only in the end:
 * whoever is told that, or asks once it all has ended, is told the end of everything in it.
 */
export class RecordedService extends Service {
  /** The events that have happened, whether the client has heard them or not. */
  happened = [];
  /** The conversations of which the end was told. */
  #told = new Set();

  constructor(recording) {
    super({
      me: recording.me,
      routes: [
        [/^GET \/conversations\/([^/?]+)\/messages\?(.*)$/, ([, id, query]) => this.#messages(id, query)],
        [/^GET \/conversations\/([^/?]+)$/, ([, id]) => this.#head(this.#after(id))],
        [/^GET \/conversations\?/, () => this.#list()],
        [/^GET \/groups\/([^/?]+)\/members\?/, ([, id]) => ({ items: this.#members(id), next_cursor: null })],
        [/^GET \/friends\?/, () => ({ items: this.happened.length ? recording.after.friends : [], next_cursor: null })],
      ],
      ops: { sync: (asked) => this.#changes(asked) },
    });
    this.recording = recording;
  }

  /** The person's own stream, as far as it has come. */
  get userRev() {
    return this.happened.reduce((rev, { user_rev }) => user_rev ?? rev, 0);
  }

  /** Where all stands: known for sure only in the end. */
  greeting() {
    return { ...super.greeting(), user_rev: this.userRev, conversations: [] };
  }

  /** From now on everything is as it was fetched in the end. */
  ends() {
    this.happened = this.recording.events;
    const conversations = this.recording.after.conversations.map((each) => this.#head(each));
    this.greeting = () => ({ ...super.greeting(), user_rev: this.userRev, conversations });
  }

  #head({ head }) {
    this.#told.add(head.id);
    return head;
  }

  #after(id) {
    const found = this.recording.after.conversations.find(({ head }) => head.id === id);
    if (!found || this.happened.length === 0) throw refusal(404, 'not_found');
    return found;
  }

  #list() {
    const all = this.happened.length ? this.recording.after.conversations : [];
    return { items: all.map((each) => this.#head(each)), next_cursor: null };
  }

  /** The events of one conversation: those that have happened, or are still to. */
  #events(id, happened) {
    const all = happened ? this.happened : this.recording.events.slice(this.happened.length);
    return all.filter(({ conversation_id, rev }) => conversation_id === id && rev);
  }

  /** What is known as of now of what an event may bring: by key, the last of each. */
  #current(id, kind, fetched) {
    const current = new Map(fetched);
    // What is only changed later is there already, in a state that nobody has noted.
    const isLater = ({ event }) => event !== 'message_updated';
    for (const event of this.#events(id, false).filter(isLater)) current.delete(keyOf(event));
    for (const event of this.#events(id, true)) current.set(keyOf(event), event.data[kind]);
    return [...current].filter(([key, value]) => key.startsWith(kind) && value).map(([, value]) => value);
  }

  #messages(id, query) {
    const fetched = this.#after(id).messages.map((message) => [`message ${message.seq}`, message]);
    const all = this.#told.has(id) ? fetched.map(([, message]) => message) : this.#current(id, 'message', fetched);
    all.sort((a, b) => a.seq - b.seq);
    const asked = new URLSearchParams(query);
    const limit = Number(asked.get('limit') ?? 50);
    const before = Number(asked.get('before') ?? Infinity);
    const items = all.filter(({ seq }) => seq < before);
    return { items: items.slice(-limit), has_more: items.length > limit };
  }

  #members(id) {
    const fetched = this.#after(id).members.map((member) => [`member ${member.user.id}`, member]);
    return this.#told.has(id) ? fetched.map(([, member]) => member) : this.#current(id, 'member', fetched);
  }

  #changes({ conversation_id: id, after_rev, limit }) {
    if (!this.#told.has(id)) return this.#changesSoFar(id, after_rev, limit);
    this.#after(id);
    const pages = this.recording.changes[id].filter(({ through_rev }) => through_rev > after_rev);
    const asked = pages.slice(0, limit);
    const last = asked.at(-1) ?? this.recording.changes[id].at(-1);
    return {
      messages: asked.flatMap(({ messages }) => messages),
      members: asked.flatMap(({ members }) => members),
      group: asked.findLast(({ group }) => group)?.group ?? null,
      head_rev: last.head_rev,
      through_rev: last.through_rev,
      has_more: pages.length > limit,
    };
  }

  #changesSoFar(id, afterRev, limit) {
    const events = this.#events(id, true).filter(({ rev }) => rev > afterRev);
    const head_rev = events.at(-1)?.rev ?? afterRev;
    const latest = [...new Map(events.map((event) => [keyOf(event), event])).values()];
    latest.sort((a, b) => a.rev - b.rev);
    const page = latest.slice(0, limit);
    const has_more = latest.length > limit;
    return {
      messages: page.flatMap(({ data }) => data.message ?? []),
      members: page.flatMap(({ event, data }) => {
        if (event === 'member_removed') return { user_id: data.user_id, removed: true };
        return data.member ?? [];
      }),
      group: page.find(({ event }) => event === 'group')?.data.group ?? null,
      head_rev,
      through_rev: has_more ? page.at(-1).rev : head_rev,
      has_more,
    };
  }
}
