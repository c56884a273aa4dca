/** What happens later: the conversation's server-sent events. Loaded once it is open. */

import { add } from './core.js';

const SILENCE = 60_000;
/** What the patient is told of the clinic, by kind of event. */
const CLINIC = new Set(['sent_to_clinic', 'clinic_seen', 'call_back']);
const CLOCK_SLACK = 5000;

/** Follow the events of a conversation until the signal; resumes after the last event heard, with growing pauses. */
export async function follow(conversation, credential, signal) {
  const later = new Later(conversation);
  let last = null;
  let attempt = 0;
  const hear = (event) => {
    last = event.id ?? last;
    attempt = 0;
    later.hear(event);
  };
  while (!signal.aborted) {
    try {
      await listen(conversation.api, credential, last, signal, hear);
    } catch (problem) {
      if (problem.gone && !signal.aborted) return conversation.end();
    }
    if (!signal.aborted) await conversation.pause(attempt++);
  }
}

/** What an event means for the conversation. A stream that begins anew repeats events; each counts once. */
class Later {
  #clinic = [];
  #elsewhere = new Set();

  constructor(conversation) {
    this.conversation = conversation;
    conversation.addEventListener('arrived', () => this.#place());
  }

  hear({ kind, value }) {
    if (kind === 'erased') this.conversation.end();
    else if (CLINIC.has(kind)) {
      this.#tell({ kind, at: value.at, by: value.by });
      if (value.call_by) this.#tell({ kind: 'will_call', at: value.call_by });
    }
    else if (kind === 'reply' || kind === 'check_in') this.#said(value);
  }

  /** An answer to something written in another tab or on another device needs the transcript for the question. */
  #said(reply) {
    const asked = reply.message_id;
    this.conversation.merge([reply]);
    if (!asked || this.conversation.has(asked) || this.#elsewhere.has(asked)) return;
    this.#elsewhere.add(asked);
    this.conversation.refresh(false);
  }

  #tell(event) {
    for (const { kind, at } of this.#clinic) if (kind === event.kind && at === event.at) return;
    add(this.#clinic, event);
    this.#place();
    this.conversation.fire('note', event);
  }

  /** Put the clinic's events at the newest card that was there when they happened. */
  #place() {
    const { entries } = this.conversation;
    for (const entry of entries) if (entry.reply) entry.clinic = [];
    for (const event of this.#clinic) {
      let card;
      for (const entry of entries) {
        if (entry.reply?.result && (!card || Date.parse(entry.at) <= Date.parse(event.at) + CLOCK_SLACK)) card = entry;
      }
      if (card) add(card.clinic, event);
    }
    this.conversation.fire('change');
  }
}

/** One connection, until it ends; silent for long, it is taken for dead. */
async function listen(api, credential, last, signal, hear) {
  const stop = new AbortController();
  const abort = () => stop.abort();
  signal.addEventListener('abort', abort);
  let timer = setTimeout(abort, SILENCE);
  try {
    const headers = last ? { 'Last-Event-ID': last } : {};
    const { body } = await api.fetch('/events', credential, { headers, signal: stop.signal });
    const reader = body.getReader();
    const read = eventReader(hear);
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      clearTimeout(timer);
      timer = setTimeout(abort, SILENCE);
      read(part.value);
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

/** A reader of text/event-stream, fed in pieces that may end anywhere. */
function eventReader(hear) {
  const decoder = new TextDecoder();
  let rest = '';
  let event = {};
  const take = (line) => {
    const [, field, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (field) event[field] = field === 'data' && event.data ? `${event.data}\n${value}` : value;
    if (line) return;
    const { id, event: kind, data } = event;
    event = {};
    if (data) hear({ id, kind, value: JSON.parse(data) });
  };
  return (bytes) => {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split(/\r?\n/);
    rest = lines[lines.length - 1];
    for (let index = 0; index < lines.length - 1; index++) take(lines[index]);
  };
}
