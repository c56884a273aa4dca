/**
 * One conversation: entries in order, a send queue that loses and doubles nothing, other tabs. Knows nothing of the
 * page. Fires `change`, `arrived` (new replies), `note` (a notice or clinic event) and `state`. Entries are {id, from, at}:
 *   patient    text, values, state: sending | waiting | delivered | failed, problem
 *   assistant  reply (as the chat API has it), clinic: events of the clinic about it
 *   notice     kind: late | empty | unreachable | ended
 */

import { Api, Problem, Store } from './api.js';
import { add, joined, uuid, without } from './dom.js';

const PAUSES = [1, 2, 4, 8, 15, 30];
const moment = () => new Date().toISOString();

export class Conversation extends EventTarget {
  entries = [];
  state = 'new'; // new | connecting | open | offline | ended
  #byId = new Map();
  #queue = [];
  #busy = false;
  #starting = null;
  #credential = null;
  #stream = null;
  #wakers = new Set();

  constructor(server, { patience, shared }) {
    super();
    this.patience = patience * 1000;
    this.api = new Api(server);
    this.store = new Store(server, shared);
    this.store.addEventListener('tab', ({ detail }) => this.#otherTab(detail));
    addEventListener('online', this.#wake);
    addEventListener('beforeunload', this.#unloading);
    document.addEventListener('visibilitychange', this.#visibility);
  }

  close() {
    removeEventListener('online', this.#wake);
    removeEventListener('beforeunload', this.#unloading);
    document.removeEventListener('visibilitychange', this.#visibility);
    this.#stream?.abort();
    this.store.close();
  }

  has(id) {
    return this.#byId.has(id);
  }

  get unsent() {
    return this.#queue.length;
  }

  /** Resume the stored conversation or create one; tries for as long as it takes. */
  start() {
    this.#starting ??= this.#open().finally(() => (this.#starting = null));
    return this.#starting;
  }

  async #open() {
    if (this.#credential || this.state === 'ended') return;
    this.#set('connecting');
    const timer = setTimeout(() => this.#notice('unreachable'), this.patience);
    await this.#untilDone(() => this.#join(), () => this.#notice('unreachable'));
    clearTimeout(timer);
    this.#withdraw('unreachable');
    this.#set('open');
    this.#follow();
  }

  async #join() {
    const stored = this.store.get();
    try {
      if (stored) return await this.#resume(stored);
    } catch (problem) {
      if (!problem.gone) throw problem;
      this.store.set(null);
    }
    const other = await this.store.alone(() => this.store.get() ?? this.#create());
    if (other) await this.#resume(other);
  }

  async #create() {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const { conversation_id: id, token, replies } = await this.api.ask('POST', 'conversations', null, JSON.stringify({ zone }));
    this.#credential = { id, token };
    this.store.set(this.#credential);
    this.merge(replies);
    this.store.tell({ kind: 'stored' });
  }

  async #resume(credential) {
    const transcript = await this.api.ask('GET', '', credential);
    this.#credential = credential;
    this.#adopt(transcript);
    // A question was put while the page was closed.
    if (transcript.waiting) this.fire('arrived', [this.entries[this.entries.length - 1]]);
  }

  async #untilDone(task, failed) {
    for (let attempt = 0; ; attempt++) {
      try {
        return await task();
      } catch (problem) {
        if (!problem.passing && this.#credential) throw problem;
        failed();
        this.#set('offline');
        await this.pause(attempt, problem.retryAfter);
      }
    }
  }

  /** Wait, with jitter; less when the browser is online or visible again. */
  pause(attempt, seconds = null) {
    const wait = (seconds ?? PAUSES[Math.min(attempt, PAUSES.length - 1)]) * (800 + Math.random() * 400);
    return new Promise((resolve) => {
      this.#wakers.add(resolve);
      setTimeout(resolve, wait);
    });
  }

  #wake = () => {
    for (const wake of this.#wakers) wake();
    this.#wakers.clear();
  };

  #visibility = () => {
    if (document.hidden) return this.#stream?.abort();
    this.#wake();
    if (this.#credential) this.refresh();
  };

  #unloading = (event) => this.unsent && event.preventDefault();

  /** Queue typed text, or values with the words that stand for them. */
  say({ text, values, replaces }) {
    if (this.state === 'ended') return;
    this.#drop(replaces);
    const entry = { id: uuid(), from: 'patient', at: moment(), text, values, state: 'sending' };
    this.#put(entry);
    add(this.#queue, entry);
    this.fire('change');
    this.#drain();
  }

  async #drain() {
    if (this.#busy) return;
    this.#busy = true;
    await this.start();
    while (this.#queue.length && this.#credential) await this.#deliver(this.#queue[0]);
    this.#busy = false;
  }

  async #deliver(entry) {
    const timer = setTimeout(() => this.#notice('late', entry.id), this.patience);
    try {
      const { replies } = await this.#untilDone(() => this.api.send(this.#credential, entry), () => (entry.state = 'waiting'));
      this.#answered(entry, replies ?? []);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      this.#refused(entry, problem);
    } finally {
      clearTimeout(timer);
      this.#withdraw('late');
    }
  }

  #answered(entry, replies) {
    this.#queue = without(this.#queue, entry);
    entry.state = 'delivered';
    this.#set('open');
    if (!replies.length) this.#notice('empty', entry.id);
    this.merge(replies);
    this.store.tell({ kind: 'said', id: this.#credential.id, entry: { ...entry }, replies });
  }

  #refused(entry, problem) {
    if (problem.gone) return this.end();
    this.#queue = without(this.#queue, entry);
    entry.state = 'failed';
    entry.problem = problem.message;
  }

  #put(entry) {
    if (this.#byId.has(entry.id)) return false;
    this.#byId.set(entry.id, entry);
    add(this.entries, entry);
    return true;
  }

  #drop(id) {
    this.entries = without(this.entries, this.#byId.get(id));
    this.#byId.delete(id);
  }

  /** Add replies not seen yet; one may come in the response, on the stream and from another tab. */
  merge(replies) {
    const fresh = [];
    for (const reply of replies) {
      const entry = assistantEntry(reply, moment());
      if (this.#put(entry)) add(fresh, entry);
    }
    if (fresh.length) this.#withdraw('empty');
    this.fire('change');
    if (fresh.length) this.fire('arrived', fresh);
  }

  /** The server's transcript is the truth; what is not sent yet stays behind it. */
  #adopt(transcript) {
    const before = this.#byId;
    const own = this.entries;
    this.entries = [];
    this.#byId = new Map();
    for (const entry of entriesOf(transcript)) this.#put(entry);
    for (const entry of own) if (entry.from === 'notice' || entry.state !== 'delivered' && entry.from === 'patient') this.#put(entry);
    this.fire('change');
    return before;
  }

  /** Read the conversation again: the phone has slept, or somebody wrote elsewhere. */
  async refresh(follow = true) {
    try {
      const transcript = await this.api.ask('GET', '', this.#credential);
      const before = this.#adopt(transcript);
      const fresh = [];
      for (const entry of this.entries) if (entry.reply && !before.has(entry.id)) add(fresh, entry);
      if (fresh.length) this.fire('arrived', fresh);
    } catch (problem) {
      if (problem.gone) return this.end();
    }
    if (follow) this.#follow();
  }

  #notice(kind, about = '') {
    if (!this.#put({ id: `${kind}:${about}`, from: 'notice', kind, at: moment() })) return;
    this.fire('change');
    this.fire('note', kind);
  }

  #withdraw(kind) {
    for (const entry of this.entries) if (entry.kind === kind) this.#drop(entry.id);
    this.fire('change');
  }

  async #follow() {
    this.#stream?.abort();
    if (!this.#credential || document.hidden) return;
    const { signal } = (this.#stream = new AbortController());
    const { follow } = await import('./stream.js');
    follow(this, this.#credential, signal);
  }

  #otherTab({ kind, id, entry, replies }) {
    // A conversation begun elsewhere: one that is still trying to begin joins it.
    if (kind === 'stored') return this.#wake();
    if (id !== this.#credential?.id) return;
    if (kind === 'erased') return this.end();
    this.#put(entry);
    this.merge(replies);
  }

  /** Delete the conversation on the server, here and in other tabs. Throws a Problem. */
  async erase() {
    const credential = this.#credential;
    if (credential) await this.api.ask('DELETE', '', credential);
    this.end();
    this.store.tell({ kind: 'erased', id: credential?.id });
  }

  /** Ask for a part of the conversation ("feedback", "summary"). Throws a Problem. */
  ask(method, part, value) {
    return this.api.ask(method, `/${part}`, this.#credential, value && JSON.stringify(value));
  }

  renew() {
    this.#clear('new');
    return this.start();
  }

  end() {
    this.#stream?.abort();
    this.#credential = null;
    this.store.set(null);
    this.#clear('ended');
    this.#notice('ended');
  }

  #clear(state) {
    this.entries = [];
    this.#queue = [];
    this.#byId = new Map();
    this.#set(state);
    this.fire('change');
  }

  #set(state) {
    if (this.state === state) return;
    this.state = state;
    this.fire('state', state);
    this.fire('change');
  }

  fire(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

const assistantEntry = (reply, at) => ({ id: reply.id, from: 'assistant', at: reply.at ?? at, reply, clinic: [] });

/** The entries of a transcript; values are shown by the labels of the options before them. */
function* entriesOf({ replies, messages }) {
  const labels = new Map();
  const assistant = function* (all, at) {
    for (const reply of all ?? []) {
      for (const { value, label } of reply.options ?? []) labels.set(value, label);
      yield assistantEntry(reply, at);
    }
  };
  yield* assistant(replies);
  for (const { id, at, text, values, replies: answers } of messages) {
    const chosen = [];
    for (const value of values ?? []) add(chosen, labels.get(value) ?? value);
    yield { id, from: 'patient', at, text: text ?? joined(chosen, ', '), values, state: 'delivered' };
    yield* assistant(answers, at);
  }
}
