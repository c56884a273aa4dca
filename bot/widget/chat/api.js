/** The chat API of a server, and what the browser keeps for it: a conversation's id and token, nothing else. */

const SLOW = 30_000;

/** A failed request: status (0 = no answer); `passing` if it may succeed later, `gone` if the conversation is. */
export class Problem extends Error {
  constructor(status, detail, retryAfter) {
    super(detail || '');
    this.status = status;
    this.retryAfter = retryAfter;
    this.passing = status === 0 || status === 408 || status === 409 || status === 429 || status >= 500;
    this.gone = status === 401 || status === 403 || status === 404 || status === 410;
  }
}

// By hand: old libraries put toJSON on Array.prototype, which spoils JSON.stringify.
function messageBody({ id, text, values }) {
  if (!values) return JSON.stringify({ id, text });
  let list = '';
  for (const value of values) list += (list && ',') + JSON.stringify(value);
  return `{"id":"${id}","values":[${list}]}`;
}

export class Api {
  constructor(server) {
    this.root = new URL('api/', `${server.replace(/\/$/, '')}/`);
  }

  /** A response that is ok, or a Problem. With a credential the path is under its conversation, else under /api/. */
  async fetch(path, credential, options) {
    const headers = { ...options.headers };
    if (credential) headers.Authorization = `Bearer ${credential.token}`;
    if (options.body) headers['Content-Type'] = 'application/json';
    const own = credential ? `conversations/${encodeURIComponent(credential.id)}` : '';
    const answer = await globalThis.fetch(new URL(own + path, this.root), { ...options, headers, credentials: 'omit', cache: 'no-store' });
    if (answer.ok) return answer;
    const { detail } = await answer.json().catch(() => ({}));
    throw new Problem(answer.status, detail, Number(answer.headers.get('Retry-After')) || null);
  }

  /** One request and its JSON; every failure is a Problem. */
  async ask(method, path, credential, body) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), SLOW);
    try {
      const answer = await this.fetch(path, credential, { method, body, signal: stop.signal });
      return answer.status === 204 ? null : await answer.json();
    } catch (error) {
      throw error instanceof Problem ? error : new Problem(0);
    } finally {
      clearTimeout(timer);
    }
  }

  send(credential, message) {
    return this.ask('POST', '/messages', credential, messageBody(message));
  }
}

/** Keeps {id, token}: in memory only where storage is blocked or the computer shared. `tab` events come from other tabs. */
export class Store extends EventTarget {
  #key;
  #memory = null;
  #channel = null;
  #onStorage = ({ key }) => (key === this.#key || key === null) && this.#heard({ kind: 'stored' });
  shared;

  constructor(server, shared) {
    super();
    this.#key = `aftercare:${server}`;
    this.shared = shared;
    addEventListener('storage', this.#onStorage);
    if (!globalThis.BroadcastChannel) return;
    this.#channel = new BroadcastChannel(this.#key);
    this.#channel.onmessage = ({ data }) => this.#heard(data);
  }

  #heard(detail) {
    if (!this.shared) this.dispatchEvent(new CustomEvent('tab', { detail }));
  }

  close() {
    removeEventListener('storage', this.#onStorage);
    this.#channel?.close();
  }

  get() {
    if (this.#memory || this.shared) return this.#memory;
    try {
      const { id, token } = JSON.parse(localStorage.getItem(this.#key));
      return id && token ? { id, token } : null;
    } catch {
      return null;
    }
  }

  set(credential) {
    this.#memory = credential;
    if (this.shared) return;
    try {
      if (credential) localStorage.setItem(this.#key, JSON.stringify(credential));
      else localStorage.removeItem(this.#key);
    } catch {
      // Memory has it.
    }
  }

  share(shared) {
    const credential = this.get();
    if (shared) this.set(null);
    this.shared = shared;
    this.set(credential);
  }

  tell(detail) {
    if (!this.shared) this.#channel?.postMessage(detail);
  }

  alone(task) {
    return this.shared || !navigator.locks ? task() : navigator.locks.request(this.#key, task);
  }
}
