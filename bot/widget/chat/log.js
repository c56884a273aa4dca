/** The visible conversation: one list item per entry, kept in step with the conversation's entries. */

import { add, h, icon, joined, plain, words } from './dom.js';
import { resultCard } from './card.js';
import { isSent } from './conversation.js';
import { choice } from './choice.js';

const FIELDS = new Set(['scale', 'datetime', 'body_area', 'contact']);

export class Log {
  #nodes = new Map();
  #chat;
  list = h('ol', { class: 'entries' });

  /** `chat` is the element: its words, its conversation and what it can do (answer, safety, tools). */
  constructor(chat) {
    this.#chat = chat;
  }

  /** Bring the list in step with the entries: new ones are made, known ones updated, gone ones removed. */
  sync(entries) {
    const present = new Set();
    let answer = null;
    let latest = true;
    for (let index = entries.length - 1; index >= 0; index--) {
      const entry = entries[index];
      present.add(entry.id);
      const item = this.#nodes.get(entry.id) ?? this.#make(entry);
      item.update?.({ answer, latest });
      if (entry.from === 'patient' && entry.state !== 'failed') answer = entry;
      if (entry.reply?.kind === 'question') latest = false;
    }
    for (const [id, { node }] of this.#nodes) {
      if (present.has(id)) continue;
      node.remove();
      this.#nodes.delete(id);
    }
    this.#order(entries);
  }

  #order(entries) {
    let next = this.list.firstChild;
    for (const { id } of entries) {
      const { node } = this.#nodes.get(id);
      if (node === next) next = next.nextSibling;
      else this.list.insertBefore(node, next);
    }
  }

  /** The list item of an entry. */
  node(id) {
    return this.#nodes.get(id)?.node;
  }

  #make(entry) {
    const made = this[entry.from](entry);
    this.#nodes.set(entry.id, made);
    return made;
  }

  // --- the patient -------------------------------------------------------------------------------

  patient(entry) {
    const { say } = this.#chat.words;
    const status = h('p', { class: 'status' });
    const node = h('li', { class: 'patient' },
      h('div', { class: 'bubble' }, h('span', { class: 'hidden' }, say('you'), ' '), words('p', entry.text)), status);
    return { node, update: () => this.#status(entry, node, status) };
  }

  #status(entry, node, status) {
    if (node.dataset.state === entry.state) return;
    const { say, clock } = this.#chat.words;
    node.dataset.state = entry.state;
    if (entry.state === 'failed') {
      const edit = h('button', { type: 'button', class: 'quiet', onclick: () => this.#chat.edit(entry) }, say('edit'));
      return status.replaceChildren(h('span', null, say('failed'), entry.problem ? `: ${plain(entry.problem)}` : ''), edit);
    }
    const mark = entry.state === 'delivered' ? icon('check') : '';
    status.replaceChildren(`${this.#chat.words.clock(entry.at)} · ${say(entry.state)} `, mark);
  }

  // --- the assistant -------------------------------------------------------------------------------

  assistant(entry) {
    const { reply } = entry;
    const { say } = this.#chat.words;
    const node = h('li', { class: 'assistant', 'data-kind': reply.kind }, h('span', { class: 'hidden' }, say('bot'), ' '));
    const text = reply.text ? words('p', reply.text, { class: 'text' }) : null;
    if (!reply.result) {
      const bubble = h('div', { class: 'bubble' }, text, this.#why(reply));
      node.append(bubble, this.#options(reply));
      return this.#question(reply, node, bubble);
    }
    // The first line of a card is the level and the number, so words around it come after.
    const receipt = isSent(entry) ? h('p', { class: 'receipt' }) : null;
    node.append(resultCard(reply.result, say, { receipt, tools: this.#chat.cardTools(entry) }));
    if (text && reply.text !== reply.result.headline) node.append(h('div', { class: 'bubble' }, text));
    node.append(this.#chat.feedbackRow(reply, true));
    return { node, update: () => receipt && this.#receipt(entry, receipt) };
  }

  #why(reply) {
    if (!reply.why) return null;
    return h('details', { class: 'why' }, h('summary', null, this.#chat.words.say('why')), words('p', reply.why));
  }

  /** The three dots of a message: what the patient can say about it. */
  #options(reply) {
    const { say } = this.#chat.words;
    const row = this.#chat.feedbackRow(reply, false);
    row.hidden = true;
    const label = say('misunderstoodFor', { text: plain(reply.text).slice(0, 60) });
    const dots = h('button', { type: 'button', class: 'dots', 'aria-expanded': 'false', 'aria-label': label }, icon('menu'));
    dots.addEventListener('click', () => {
      row.hidden = !row.hidden;
      dots.setAttribute('aria-expanded', String(!row.hidden));
    });
    return h('div', { class: 'about' }, dots, row);
  }

  #question(reply, node, bubble) {
    if (reply.kind !== 'question' && !reply.options?.length && !reply.input) return { node };
    const label = bubble.querySelector('.text');
    label.id = `question-${plain(reply.id)}`;
    const place = h('div', { class: 'answers' });
    bubble.after(place);
    let control = null;
    let state = {};
    const show = (made) => {
      control = made;
      place.replaceChildren(made.node);
      control.update(state);
    };
    if (FIELDS.has(reply.input)) {
      // Extras come when first needed; without them the question can still be answered by typing.
      const plainOptions = () => reply.options?.length && show(choice(reply, label.id, this.#chat));
      this.#chat.extra('fields').then((fields) => show(fields[reply.input](reply, label.id, this.#chat)), plainOptions);
    } else if (reply.options?.length) show(choice(reply, label.id, this.#chat));
    return {
      node,
      update: (now) => {
        state = now;
        control?.update(state);
      },
    };
  }

  #receipt(entry, receipt) {
    const { words: own } = this.#chat;
    const lines = [own.say('sentAt', { time: own.clock(entry.at) })];
    for (const { at, by } of entry.seen) {
      add(lines, own.say(by ? 'seenBy' : 'seenAt', { time: own.clock(at), name: plain(by) }));
    }
    receipt.replaceChildren(icon('check'), joined(lines, ' · '));
  }

  // --- when something is wrong ---------------------------------------------------------------------

  notice(entry) {
    const { say } = this.#chat.words;
    const title = h('h3', null, say(`${entry.kind}${'Title'}`));
    const card = h('section', { class: 'card', 'data-level': 'safety' }, title, h('p', null, say(entry.kind)));
    if (entry.kind === 'ended') {
      card.append(h('button', { type: 'button', class: 'primary', onclick: () => this.#chat.renew() }, say('newChat')));
    } else card.append(this.#chat.safetyBlock(true));
    return { node: h('li', { class: 'assistant', 'data-kind': 'notice' }, card) };
  }
}
