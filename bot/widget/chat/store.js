/** What this browser remembers and shares between tabs: the conversation's token, nothing else. */

/**
 * Keeps {id, token} in localStorage, or only in memory where storage is blocked or the patient said
 * "this is a shared computer". Tells other tabs of this site about entries they have not seen.
 */
export class Store extends EventTarget {
  #key;
  #memory = null;
  #channel = null;
  shared = false;

  constructor(server) {
    super();
    this.#key = `aftercare:${server}`;
    this.#listen();
  }

  #listen() {
    if (typeof BroadcastChannel === 'function') {
      this.#channel = new BroadcastChannel(this.#key);
      this.#channel.onmessage = ({ data }) => this.#emit(data);
    }
    this.onstorage = ({ key }) => {
      if (key === this.#key || key === null) this.#emit({ kind: 'stored' });
    };
    addEventListener('storage', this.onstorage);
  }

  #emit(detail) {
    if (!this.shared) this.dispatchEvent(new CustomEvent('tab', { detail }));
  }

  /** Stop listening; the element left the page. */
  close() {
    removeEventListener('storage', this.onstorage);
    this.#channel?.close();
  }

  /** The stored {id, token}, or null. */
  get() {
    if (this.shared) return this.#memory;
    try {
      const stored = JSON.parse(localStorage.getItem(this.#key));
      if (stored?.id && stored?.token) return stored;
      return null;
    } catch {
      return this.#memory; // Blocked storage, or somebody else's value.
    }
  }

  /** Remember {id, token}, or forget with null. */
  set(credential) {
    this.#memory = credential;
    if (this.shared) return;
    try {
      if (credential) localStorage.setItem(this.#key, JSON.stringify({ id: credential.id, token: credential.token }));
      else localStorage.removeItem(this.#key);
    } catch {
      // Memory has it.
    }
  }

  /** On a shared computer: take the token out of the browser and tell no tab anything. */
  setShared(shared, credential) {
    if (shared) this.set(null);
    this.shared = shared;
    this.set(credential);
  }

  /** Send {kind, ...} to the other tabs of this site. */
  tell(detail) {
    if (!this.shared) this.#channel?.postMessage(detail);
  }

  /** Run one task at a time over all tabs, where the browser can. */
  alone(task) {
    if (this.shared || !navigator.locks) return task();
    return navigator.locks.request(this.#key, task);
  }
}
