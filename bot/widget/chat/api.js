/** The chat API of one server. A failure is a Problem; what to do about it is the conversation's choice. */

const SLOW = 30_000;
const SILENCE = 60_000;

/** What went wrong: HTTP status (0 = no answer at all), seconds to wait if the server said so, its words. */
export class Problem extends Error {
  constructor(status, detail, retryAfter) {
    super(detail || `status ${status}`);
    this.status = status;
    this.retryAfter = retryAfter;
  }

  /** True when the same request may succeed later: no network, server starting, too many or overlapping requests. */
  get passing() {
    return this.status === 0 || this.status === 408 || this.status === 409 || this.status === 429 || this.status >= 500;
  }

  /** True when this conversation cannot be used any more. */
  get gone() {
    return this.status === 401 || this.status === 403 || this.status === 404 || this.status === 410;
  }
}

async function problemOf(answer) {
  let detail = '';
  try {
    const body = await answer.json();
    detail = body.detail || body.title;
  } catch {
    // Proxies answer with pages; the status says enough.
  }
  return new Problem(answer.status, detail, Number(answer.headers.get('Retry-After')) || null);
}

/** JSON of a message. Written by hand: old libraries add toJSON to Array.prototype, which breaks JSON.stringify. */
function messageBody({ id, text, values }) {
  if (!values) return JSON.stringify({ id, text });
  let list = '';
  for (const value of values) list += (list ? ',' : '') + JSON.stringify(value);
  return `{"id":${JSON.stringify(id)},"values":[${list}]}`;
}

export class Api {
  constructor(server) {
    this.root = new URL('api/', server.endsWith('/') ? server : `${server}/`);
  }

  async #call(method, path, credential, body) {
    const headers = {};
    if (credential) headers.Authorization = `Bearer ${credential.token}`;
    if (body) headers['Content-Type'] = 'application/json';
    const options = { method, headers, body, credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer' };
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), SLOW);
    try {
      const answer = await fetch(new URL(path, this.root), { ...options, signal: stop.signal });
      if (!answer.ok) throw await problemOf(answer);
      return answer.status === 204 ? null : await answer.json();
    } catch (error) {
      throw error instanceof Problem ? error : new Problem(0, String(error));
    } finally {
      clearTimeout(timer);
    }
  }

  #of(credential, rest = '') {
    return `conversations/${encodeURIComponent(credential.id)}${rest}`;
  }

  create() {
    return this.#call('POST', 'conversations', null, '{}');
  }

  read(credential) {
    return this.#call('GET', this.#of(credential), credential);
  }

  erase(credential) {
    return this.#call('DELETE', this.#of(credential), credential);
  }

  send(credential, message) {
    return this.#call('POST', this.#of(credential, '/messages'), credential, messageBody(message));
  }

  feedback(credential, feedback) {
    return this.#call('POST', this.#of(credential, '/feedback'), credential, JSON.stringify(feedback));
  }

  contact(credential, contact) {
    return this.#call('POST', this.#of(credential, '/contact'), credential, JSON.stringify(contact));
  }

  /** Name, logo and numbers of the clinic. */
  clinic() {
    return this.#call('GET', 'clinic');
  }

  /**
   * Read server-sent events until the stream ends; `seen(event)` gets {id, kind, value}.
   * With fetch instead of EventSource, so that the token is never in a URL.
   */
  async follow(credential, after, signal, seen) {
    const headers = { Authorization: `Bearer ${credential.token}`, Accept: 'text/event-stream' };
    if (after) headers['Last-Event-ID'] = after;
    const silence = new AbortController();
    const stop = () => silence.abort();
    signal.addEventListener('abort', stop);
    let timer = setTimeout(stop, SILENCE);
    try {
      const url = new URL(this.#of(credential, '/events'), this.root);
      const answer = await fetch(url, { headers, signal: silence.signal, credentials: 'omit', cache: 'no-store' });
      if (!answer.ok) throw await problemOf(answer);
      const reader = answer.body.getReader();
      const events = new EventReader(seen);
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        clearTimeout(timer);
        timer = setTimeout(stop, SILENCE);
        events.read(part.value);
      }
    } catch (error) {
      throw error instanceof Problem ? error : new Problem(0, String(error));
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  }
}

/** The text/event-stream format, fed in pieces that may end anywhere. */
class EventReader {
  #decoder = new TextDecoder();
  #rest = '';
  #event = { id: null, kind: 'message', data: '' };

  constructor(seen) {
    this.seen = seen;
  }

  read(bytes) {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split(/\r?\n/);
    this.#rest = lines[lines.length - 1];
    for (let index = 0; index < lines.length - 1; index++) this.#line(lines[index]);
  }

  #line(line) {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'id') this.#event.id = value;
    else if (field === 'event') this.#event.kind = value;
    else if (field === 'data') this.#event.data += (this.#event.data ? '\n' : '') + value;
  }

  #dispatch() {
    const { id, kind, data } = this.#event;
    this.#event = { id: null, kind: 'message', data: '' };
    if (!data) return;
    let value;
    try {
      value = JSON.parse(data);
    } catch {
      return; // A broken event is fetched again with the transcript.
    }
    this.seen({ id, kind, value });
  }
}
