/** The visible conversation: its log, the answer cards and the answers to choose from. */

import { add, button, h, icon, joined, list, plain, telephone, words } from './dom.js';

const FIELDS = new Set(['scale', 'datetime', 'body_area', 'contact']);

// --- answer cards: level by words, icon and border pattern, never colour alone

const kindOf = ({ crisis, level }) => (crisis ? 'crisis' : level);

export function levelWords(result, say) {
  const kind = kindOf(result);
  const within = kind === 'urgent' || kind === 'contact_clinic' ? result.within : null;
  return joined([say(kind), within && say(within)], ' · ');
}

/** The filled parts of a card as [heading, lines, key], in reading order. */
export function* parts({ why, do: todo, avoid, expect, get_help_if: getHelp }, say) {
  for (const [key, lines] of Object.entries({ whySaid: why, do: todo, avoid, expect: expect ? [expect] : [], getHelp })) {
    if (lines?.length) yield [say(key), lines, key];
  }
}

function sourcesOf({ sources }, say) {
  const items = h('ul');
  for (const { document: title, section, added } of sources ?? []) {
    items.append(h('li', null, words('span', joined([title, section], ', ')), added && ' ', added && h('span', { class: 'added' }, say('added'))));
  }
  return items.firstChild && h('details', { class: 'sources' }, h('summary', null, say('sources')), items);
}

function resultCard(result, say) {
  const level = h('p', { class: 'level' }, icon(kindOf(result)), levelWords(result, say));
  const call = result.call && telephone(result.call, { class: 'call' });
  // Only an emergency has the number before everything else.
  const atOnce = result.level === 'emergency';
  const card = h('section', { class: 'card', 'data-level': kindOf(result) }, h('div', { class: 'first' }, level, atOnce && call), words('h3', result.headline), !atOnce && call);
  for (const [heading, lines, key] of parts(result, say)) {
    card.append(h('h4', null, heading), lines.length > 1 ? list(lines) : words('p', lines[0], { class: key }));
  }
  card.append(sourcesOf(result, say) ?? '');
  return card;
}

// --- answers to choose from: what was chosen stays to be seen

const EXCLUSIVE = new Set(['none', 'unsure']);

/** aria-disabled keeps a control in reach of the keyboard; disabled would drop the focus. */
export function close(control, closed) {
  if (closed) control.setAttribute('aria-disabled', 'true');
  else control.removeAttribute('aria-disabled');
}

export const isClosed = (control) => control.hasAttribute('aria-disabled');

/**
 * The control of a question: {node, update({answer, latest})}. `answer` is what the patient said next,
 * `latest` whether no newer question has been asked.
 */
export function choice(reply, labelId, chat) {
  return reply.multiple ? several(reply, labelId, chat) : one(reply, labelId, chat);
}

/** What was chosen among these options, by button or by typing the label. */
function chosenIn(answer, options) {
  const values = new Set(answer?.values ?? []);
  const typed = answer?.values ? null : plain(answer?.text).trim().toLowerCase();
  const chosen = new Set();
  for (const { value, label } of options) if (values.has(value) || plain(label).toLowerCase() === typed) chosen.add(value);
  return chosen;
}

function one({ options }, labelId, chat) {
  const node = h('div', { class: 'options', role: 'group', 'aria-labelledby': labelId });
  const buttons = new Map();
  for (const { value, label } of options) {
    const control = button(words('span', label), () => {
      if (!isClosed(control)) chat.answer({ values: [value], text: label });
    }, { class: 'option' });
    buttons.set(value, control);
    node.append(control);
  }
  const update = ({ answer, latest }) => {
    const chosen = chosenIn(answer, options);
    for (const [value, control] of buttons) {
      control.setAttribute('aria-pressed', chosen.has(value));
      if (chosen.has(value) && !control.querySelector('.icon')) control.prepend(icon('check'));
      close(control, answer || !latest);
    }
  };
  return { node, update };
}

function several({ options }, labelId, chat) {
  const { say } = chat.words;
  const boxes = new Map();
  const send = h('button', { class: 'primary' }, say('sendAnswer'));
  const node = h('form', { class: 'options several', 'aria-labelledby': labelId, onsubmit: (event) => {
    event.preventDefault();
    if (!isClosed(send)) submit(options, boxes, chat);
  } }, h('p', { class: 'hint' }, say('chooseSome')));
  for (const { value, label } of options) {
    const box = h('input', { type: 'checkbox', onclick: (event) => isClosed(box) && event.preventDefault(), onchange: () => keepExclusive(boxes, value) });
    boxes.set(value, box);
    node.append(h('label', { class: 'option' }, box, words('span', label)));
  }
  node.append(send);
  const update = ({ answer, latest }) => {
    const chosen = chosenIn(answer, options);
    for (const [value, box] of boxes) {
      if (answer) box.checked = chosen.has(value);
      close(box, answer || !latest);
    }
    close(send, answer || !latest);
  };
  return { node, update };
}

function keepExclusive(boxes, changed) {
  if (!boxes.get(changed).checked) return;
  for (const [value, box] of boxes) {
    if (value !== changed && (EXCLUSIVE.has(changed) || EXCLUSIVE.has(value))) box.checked = false;
  }
}

function submit(options, boxes, chat) {
  const values = [];
  const labels = [];
  for (const { value, label } of options) {
    if (!boxes.get(value).checked) continue;
    add(values, value);
    add(labels, label);
  }
  if (values.length) chat.answer({ values, text: joined(labels, ', ') });
  else chat.announce(chat.words.say('chooseFirst'), true);
}

// --- the log

export class Log {
  #items = new Map();
  #chat;
  #say;
  list = h('ol', { class: 'entries' });

  constructor(chat) {
    this.#chat = chat;
    this.#say = chat.words.say;
  }

  sync(entries) {
    const present = new Set();
    let answer = null;
    let latest = true;
    for (let index = entries.length - 1; index >= 0; index--) {
      const entry = entries[index];
      present.add(entry.id);
      this.#itemOf(entry).update?.({ answer, latest });
      if (entry.from === 'patient' && entry.state !== 'failed') answer = entry;
      if (entry.reply?.kind === 'question') latest = false;
    }
    for (const [id, { node }] of this.#items) {
      if (present.has(id)) continue;
      node.remove();
      this.#items.delete(id);
    }
    let next = this.list.firstChild;
    for (const { id } of entries) {
      const node = this.node(id);
      if (node === next) next = next.nextSibling;
      else this.list.insertBefore(node, next);
    }
  }

  node(id) {
    return this.#items.get(id)?.node;
  }

  #itemOf(entry) {
    if (!this.#items.has(entry.id)) this.#items.set(entry.id, this[entry.from](entry));
    return this.#items.get(entry.id);
  }

  patient(entry) {
    const status = h('p', { class: 'status' });
    const speaker = h('span', { class: 'hidden' }, `${this.#say('you')} `);
    const node = h('li', { class: 'patient' }, h('div', { class: 'bubble' }, speaker, words('p', entry.text)), status);
    return { node, update: () => node.dataset.state !== entry.state && this.#status(entry, node, status) };
  }

  #status(entry, node, status) {
    const { state } = entry;
    node.dataset.state = state;
    if (state === 'failed') {
      const reason = joined([this.#say(state), entry.problem], ': ');
      status.replaceChildren(`${reason} `, button(this.#say('edit'), () => this.#chat.edit(entry), { class: 'quiet' }));
    } else status.replaceChildren(`${this.#chat.words.clock(entry.at)} · ${this.#say(state)} `, state === 'delivered' ? icon('check') : '');
  }

  assistant(entry) {
    const { reply } = entry;
    const node = h('li', { class: 'assistant', 'data-kind': reply.kind }, h('span', { class: 'hidden' }, `${this.#say('bot')} `));
    if (reply.result) return this.#result(entry, node);
    const text = words('p', reply.text, { id: `text-${plain(reply.id)}` });
    const why = reply.why && h('details', { class: 'why' }, h('summary', null, this.#say('why')), words('p', reply.why));
    if (reply.kind === 'notice') node.append(h('section', { class: 'card', 'data-level': 'safety' }, text, this.#chat.calls()));
    else node.append(h('div', { class: 'bubble' }, text, why));
    const question = this.#question(reply, node, text.id);
    node.append(this.#options(reply));
    return question;
  }

  #result(entry, node) {
    const { reply } = entry;
    const card = resultCard(reply.result, this.#say);
    node.append(card);
    if (reply.text && reply.text !== reply.result.headline) node.append(words('p', reply.text, { class: 'bubble' }));
    if (!reply.result.crisis) {
      this.#chat.extra('actions').then(({ cardTools, feedbackRow }) => {
        card.append(cardTools(this.#chat, reply));
        node.append(feedbackRow(this.#chat, reply, true));
      }, () => {});
    }
    return { node, update: () => this.#receipt(entry, card) };
  }

  #receipt({ clinic }, card) {
    const lines = [];
    for (const { kind, at, by } of clinic) add(lines, this.#say(kind, { time: this.#chat.words.clock(at) }) + (by ? ` (${plain(by)})` : ''));
    const text = joined(lines, ' · ');
    let line = card.querySelector('.receipt');
    if (!text || line?.textContent === text) return;
    if (!line) card.querySelector('h3').after((line = h('p', { class: 'receipt' })));
    line.textContent = text;
  }

  #options(reply) {
    const dots = button(icon('menu'), async () => {
      const { feedbackRow } = await this.#chat.extra('actions');
      if (dots.nextSibling) dots.nextSibling.remove();
      else dots.after(feedbackRow(this.#chat, reply, false));
      dots.setAttribute('aria-expanded', Boolean(dots.nextSibling));
    }, { class: 'dots', 'aria-expanded': 'false', 'aria-label': this.#say('dots', { text: plain(reply.text).slice(0, 60) }) });
    return h('div', { class: 'about' }, dots);
  }

  #question(reply, node, labelId) {
    let control;
    let state = {};
    const place = h('div', { class: 'answers' });
    const show = (make) => {
      control = make(reply, labelId, this.#chat);
      place.append(control.node);
      node.querySelector('.bubble')?.after(place);
      control.update(state);
      if (!node.nextSibling) this.#chat.reveal(node);
    };
    const choose = () => reply.options?.length && show(choice);
    // Fields come when first needed; where they cannot, the question is still answered by typing.
    if (FIELDS.has(reply.input)) this.#chat.extra('fields').then((fields) => show(fields[reply.input]), choose);
    else choose();
    const update = (now) => {
      state = now;
      control?.update(state);
    };
    return { node, update };
  }

  notice({ kind }) {
    const card = h('section', { class: 'card', 'data-level': 'safety' }, h('h3', null, this.#say(`${kind}Title`)), h('p', null, this.#say(kind)));
    if (kind === 'ended') card.append(button(this.#say('newChat'), () => this.#chat.renew(), { class: 'primary' }));
    else card.append(this.#chat.calls(), h('h4', null, this.#say('signs')), this.#chat.signs());
    return { node: h('li', { class: 'assistant', 'data-kind': 'notice' }, card) };
  }
}
