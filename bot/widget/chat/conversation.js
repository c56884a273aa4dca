/**
 * One conversation with the server: entries in order, a send queue that loses and doubles nothing, the event
 * stream, other tabs. Knows nothing of the page; it fires `change` (entries or state), `arrived` (new replies,
 * to announce and count) and `note` (something to say once).
 *
 * An entry is {id, from: 'patient'|'assistant'|'notice', at, ...}:
 *   patient    text, values, state: 'sending'|'waiting'|'delivered'|'failed', problem
 *   assistant  reply (as the chat API has it), seen: [{at, by}]
 *   notice     kind: 'late'|'empty'|'unreachable'|'ended', for: id of the message it is about
 */

import { Api, Problem } from './api.js';
import { Store } from './store.js';
import { add, joined, uuid, without } from './dom.js';

const PAUSES = [1, 2, 4, 8, 15, 30];

export class Conversation extends EventTarget {
  entries = [];
  state = 'new'; // new | connecting | open | offline | ended
  #byId = new Map();
  #queue = [];
  #sending = false;
  #starting = null;
  #credential = null;
  #following = null;
  #lastEvent = null;
  #wake = null;

  /** `patience` is how many seconds without an answer before the safety card shows. */
  constructor(server, { patience = 10, shared = false } = {}) {
    super();
    this.api = new Api(server);
    this.store = new Store(server);
    this.store.shared = shared;
    this.patience = patience;
    this.store.addEventListener('tab', ({ detail }) => this.#fromTab(detail));
    addEventListener('online', this.#retryNow);
    addEventListener('beforeunload', this.#warnUnsent);
    document.addEventListener('visibilitychange', this.#visibility);
  }

  close() {
    removeEventListener('online', this.#retryNow);
    removeEventListener('beforeunload', this.#warnUnsent);
    document.removeEventListener('visibilitychange', this.#visibility);
    this.#unfollow();
    this.store.close();
  }

  get stored() {
    return Boolean(this.#credential ?? this.store.get());
  }

  get unsent() {
    return this.#queue.length;
  }

  // --- starting and resuming ------------------------------------------------------------------

  /** Resume the stored conversation or create one; retries until it works. Resolves when open or ended. */
  start() {
    this.#starting ??= this.#open().finally(() => (this.#starting = null));
    return this.#starting;
  }

  async #open() {
    if (this.#credential || this.state === 'ended') return;
    this.#set('connecting');
    const unreachable = setTimeout(() => this.#notice('unreachable'), this.patience * 1000);
    await this.#untilDone(async () => {
      const stored = this.store.get();
      const credential = stored ?? (await this.store.alone(() => this.#create()));
      if (credential !== this.#credential) await this.#resume(credential);
    }, () => this.#notice('unreachable'));
    clearTimeout(unreachable);
    this.#withdraw('unreachable');
    if (this.state !== 'ended') this.#set('open');
    this.#follow();
  }

  async #create() {
    const other = this.store.get(); // Another tab may have been first.
    if (other) return other;
    const { conversation_id: id, token, replies } = await this.api.create();
    this.#credential = { id, token };
    this.store.set(this.#credential);
    this.#merge(replies ?? []);
    this.store.tell({ kind: 'stored' });
    return this.#credential;
  }

  async #resume(credential) {
    try {
      const transcript = await this.api.read(credential);
      this.#credential = credential;
      this.#adopt(transcript);
    } catch (problem) {
      if (!problem.gone) throw problem;
      this.store.set(null);
      // An old token is no loss to somebody who has not written yet: begin anew.
      await this.store.alone(() => this.#create());
    }
  }

  /** Repeat a task until it succeeds, with growing pauses; `failed` runs after each failure. */
  async #untilDone(task, failed) {
    for (let attempt = 0; ; attempt++) {
      try {
        return await task();
      } catch (problem) {
        if (!(problem instanceof Problem) || !problem.passing) throw problem;
        failed?.(problem);
        this.#set('offline');
        await this.#pause(problem.retryAfter ?? PAUSES[Math.min(attempt, PAUSES.length - 1)]);
      }
    }
  }

  /** Wait some seconds (with jitter); ends early when the browser is online or visible again. */
  #pause(seconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000 * (0.8 + Math.random() * 0.4));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #retryNow = () => {
    this.#wake?.();
  };

  #visibility = () => {
    if (document.visibilityState === 'hidden') return this.#unfollow();
    this.#retryNow();
    if (this.#credential) this.refresh();
  };

  #warnUnsent = (event) => {
    if (this.unsent) event.preventDefault();
  };

  // --- sending ---------------------------------------------------------------------------------

  /** Queue typed text, or chosen values with the words that stand for them. Returns the message id. */
  say({ text, values, replaces }) {
    if (this.state === 'ended') return null;
    const entry = { id: uuid(), from: 'patient', at: new Date().toISOString(), text, values, state: 'sending' };
    if (replaces) this.#drop(replaces);
    this.#put(entry);
    add(this.#queue, entry);
    this.#changed();
    this.#drain();
    return entry.id;
  }

  async #drain() {
    if (this.#sending) return;
    this.#sending = true;
    try {
      await this.start();
      while (this.#queue.length && this.#credential) await this.#deliver(this.#queue[0]);
    } finally {
      this.#sending = false;
    }
  }

  async #deliver(entry) {
    const late = setTimeout(() => this.#notice('late', entry.id), this.patience * 1000);
    try {
      const body = entry.values ? { id: entry.id, values: entry.values } : { id: entry.id, text: entry.text };
      const { replies } = await this.#untilDone(
        () => this.api.send(this.#credential, body),
        () => this.#waiting(entry),
      );
      this.#delivered(entry, replies ?? []);
    } catch (problem) {
      this.#refused(entry, problem);
    } finally {
      clearTimeout(late);
      this.#withdraw('late', entry.id);
    }
  }

  #waiting(entry) {
    entry.state = 'waiting';
    this.#notice('late', entry.id);
  }

  #delivered(entry, replies) {
    entry.state = 'delivered';
    this.#queue = without(this.#queue, entry);
    this.#set('open');
    if (replies.length === 0) this.#notice('empty', entry.id);
    this.#merge(replies);
    this.store.tell({ kind: 'entries', conversation: this.#credential.id, entries: [{ ...entry }], replies });
  }

  #refused(entry, problem) {
    if (problem.gone) return this.#end();
    this.#queue = without(this.#queue, entry);
    entry.state = 'failed';
    entry.problem = problem.message;
    this.#changed();
  }

  // --- entries ---------------------------------------------------------------------------------

  #put(entry) {
    if (this.#byId.has(entry.id)) return false;
    this.#byId.set(entry.id, entry);
    add(this.entries, entry);
    return true;
  }

  #drop(id) {
    const entry = this.#byId.get(id);
    if (!entry) return;
    this.#byId.delete(id);
    this.entries = without(this.entries, entry);
    this.#queue = without(this.#queue, entry);
  }

  /** Add replies not shown yet; a reply may come in the response, on the stream and from another tab. */
  #merge(replies, at = new Date().toISOString()) {
    const fresh = [];
    for (const reply of replies) {
      const entry = { id: reply.id, from: 'assistant', at: reply.at ?? at, reply, seen: [] };
      if (this.#put(entry)) add(fresh, entry);
    }
    if (fresh.length) {
      this.#withdraw('empty');
      this.#changed();
      this.#fire('arrived', fresh);
    }
  }

  /** Take the server's transcript as the truth; keep what is not sent yet after it. */
  #adopt(transcript) {
    const unsent = this.#queue;
    const notices = [];
    for (const entry of this.entries) if (entry.from === 'notice' && entry.kind !== 'unreachable') add(notices, entry);
    this.entries = [];
    this.#byId = new Map();
    for (const entry of entriesOf(transcript)) this.#put(entry);
    for (const entry of unsent) this.#put(entry);
    for (const entry of notices) this.#put(entry);
    this.#lastEvent = transcript.last_event_id ?? this.#lastEvent;
    this.#changed();
  }

  #notice(kind, about) {
    const id = `${kind}:${about ?? ''}`;
    if (this.#put({ id, from: 'notice', kind, for: about, at: new Date().toISOString() })) {
      this.#changed();
      this.#fire('note', kind);
    }
  }

  /** Take away notices of a kind, of one message or all. */
  #withdraw(kind, about) {
    for (const entry of this.entries) {
      if (entry.from === 'notice' && entry.kind === kind && (!about || entry.for === about)) this.#drop(entry.id);
    }
    this.#changed();
  }

  // --- event stream ----------------------------------------------------------------------------

  #unfollow() {
    this.#following?.abort();
    this.#following = null;
  }

  async #follow() {
    if (this.#following || !this.#credential || document.visibilityState === 'hidden') return;
    const following = (this.#following = new AbortController());
    for (let attempt = 0; !following.signal.aborted; attempt++) {
      try {
        await this.api.follow(this.#credential, this.#lastEvent, following.signal, (event) => {
          attempt = 0;
          this.#event(event);
        });
      } catch (problem) {
        if (following.signal.aborted) return;
        if (problem.gone) return this.#end();
      }
      if (!following.signal.aborted) await this.#pause(PAUSES[Math.min(attempt, PAUSES.length - 1)]);
    }
  }

  #event({ id, kind, value }) {
    if (id) this.#lastEvent = id;
    if (kind === 'clinic_seen') return this.#seen(value);
    if (kind === 'erased') return this.#end();
    if (value?.kind && value.id) this.#merge([value], value.at);
  }

  /** The clinic has looked: note it at the newest card that was sent to it. */
  #seen(event) {
    let card = null;
    for (const entry of this.entries) if (isSent(entry) && (!event.reply_id || entry.id === event.reply_id)) card = entry;
    if (!card) return;
    for (const seen of card.seen) if (seen.at === event.at) return;
    card.seen = [...card.seen, event];
    this.#changed();
    this.#fire('note', { seen: event });
  }

  /** Read the conversation again, after sleep or when another tab has changed it. */
  async refresh() {
    try {
      const before = new Set(this.#byId.keys());
      this.#adopt(await this.api.read(this.#credential));
      const fresh = [];
      for (const entry of this.entries) if (entry.from === 'assistant' && !before.has(entry.id)) add(fresh, entry);
      if (fresh.length) this.#fire('arrived', fresh);
    } catch (problem) {
      if (problem.gone) return this.#end();
    }
    this.#follow();
  }

  // --- other tabs ------------------------------------------------------------------------------

  #fromTab(detail) {
    if (detail.kind === 'erased' && detail.conversation === this.#credential?.id) return this.#end();
    if (detail.kind === 'entries' && detail.conversation === this.#credential?.id) {
      for (const entry of detail.entries) this.#put(entry);
      this.#merge(detail.replies);
      return this.#changed();
    }
    if (detail.kind === 'stored') this.#storedElsewhere();
  }

  /** A conversation was begun in another tab: join it, unless this tab has one of its own. */
  #storedElsewhere() {
    if (this.#credential || this.state === 'new') return;
    this.#retryNow();
  }

  // --- what the patient can ask for --------------------------------------------------------------

  /** Keep nothing in this browser (true), or remember the conversation again (false). */
  setShared(shared) {
    this.store.setShared(shared, this.#credential);
    this.#changed();
  }

  /** Delete the conversation on the server and forget it here and in other tabs. Throws a Problem. */
  async erase() {
    if (this.#credential) await this.api.erase(this.#credential);
    this.store.tell({ kind: 'erased', conversation: this.#credential?.id });
    this.#end();
  }

  /** Send feedback on a reply; throws a Problem. */
  feedback(feedback) {
    return this.api.feedback(this.#credential, { helpful: null, misunderstood: false, word: null, ...feedback });
  }

  /** Ask for a call-back; throws a Problem. */
  contact(contact) {
    return this.api.contact(this.#credential, contact);
  }

  /** Begin a new conversation after the old one ended. */
  renew() {
    this.entries = [];
    this.#byId = new Map();
    this.#queue = [];
    this.#lastEvent = null;
    this.state = 'new';
    this.#changed();
    return this.start();
  }

  #end() {
    this.#unfollow();
    this.#credential = null;
    this.store.set(null);
    this.entries = [];
    this.#byId = new Map();
    this.#set('ended');
    this.#notice('ended');
  }

  #set(state) {
    if (this.state === state || (this.state === 'ended' && state !== 'new')) return;
    this.state = state;
    this.#changed();
    this.#fire('state', state);
  }

  #changed() {
    this.#fire('change');
  }

  #fire(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** True for a result that was sent to the clinic's staff. */
export function isSent({ reply }) {
  return reply?.result?.level === 'urgent' || reply?.result?.level === 'emergency';
}

/** The entries of a transcript as GET /api/conversations/{id} has it. */
function* entriesOf({ replies = [], messages = [] }) {
  for (const reply of replies) yield { id: reply.id, from: 'assistant', at: reply.at, reply, seen: [] };
  for (const { id, at, text, values, replies: answers } of messages) {
    yield { id, from: 'patient', at, text: text ?? joined(values, ', '), values, state: 'delivered' };
    for (const reply of answers ?? []) yield { id: reply.id, from: 'assistant', at: reply.at ?? at, reply, seen: [] };
  }
}
