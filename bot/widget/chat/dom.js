/**
 * DOM helpers. Others' words become text nodes, never markup. Host pages replace methods of Array.prototype,
 * so the widget uses none of them (a test holds this).
 */

// Characters that reorder their neighbours, and controls.
const HARMFUL = /[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\0-\x08\x0b-\x1f\x7f]/g;

export const plain = (text) => String(text ?? '').replace(HARMFUL, '');

/** An element; functions become listeners, null and false are left out. */
export function h(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === 'function') node.addEventListener(name.slice(2), value);
    else if (value != null && value !== false) node.setAttribute(name, value === true ? '' : value);
  }
  for (const child of children) if (child) node.append(child);
  return node;
}

/** An element of others' words, in their own direction. */
export const words = (tag, text, attributes) => h(tag, { dir: 'auto', ...attributes }, plain(text));

export const button = (label, onclick, attributes) => h('button', { type: 'button', onclick, ...attributes }, label);

const ICONS = {
  chat: 'M4 5h16v11H9l-5 4z',
  close: 'M6 6l12 12M18 6L6 18',
  menu: 'M12 5v.01M12 12v.01M12 19v.01',
  send: 'M5 12h13M13 6l6 6-6 6',
  phone: 'M6 3h4l1.5 5L9 9.5a12 12 0 0 0 5.5 5.5L16 12.5l5 1.5v4c0 2-1.5 3-3 3C10.5 21 3 13.5 3 6c0-1.5 1-3 3-3z',
  check: 'M5 13l4.5 4.5L19 7',
  emergency: 'M8 3h8l5 5v8l-5 5H8l-5-5V8zM12 7v6M12 17v.01',
  urgent: 'M12 3l10 18H2zM12 10v5M12 18v.01',
  contact_clinic: 'M3 5h18v12H10l-4 4v-4H3zM8 11h8',
  self_care: 'M3 11l9-8 9 8v10H3zM9 15l2 2 4-4',
  crisis: 'M12 20S3 14.5 3 8.5A4.5 4.5 0 0 1 12 7a4.5 4.5 0 0 1 9 1.5C21 14.5 12 20 12 20z',
};

export function icon(name) {
  const make = (tag) => document.createElementNS('http://www.w3.org/2000/svg', tag);
  const svg = make('svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const path = make('path');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

export function telephone({ label, tel }, attributes) {
  const number = plain(tel).replace(/[^\d+*#,;]/g, '');
  return number && h('a', { href: `tel:${number}`, ...attributes }, icon('phone'), words('span', label || tel));
}

export function list(lines) {
  const items = h('ul');
  for (const line of lines) items.append(words('li', line));
  return items;
}

export const add = (items, item) => (items[items.length] = item);

export function without(items, item) {
  const rest = [];
  for (const other of items) if (other !== item) add(rest, other);
  return rest;
}

export function joined(items, separator) {
  let text = '';
  for (const item of items ?? []) if (item) text += (text && separator) + plain(item);
  return text;
}

/** A message id; crypto.randomUUID is missing on pages without https. */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const random = (digit) => (digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (digit / 4)))).toString(16);
  return '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, random);
}

// --- the widget's own words; other languages are in strings/<language>.json ---

export const WORDS = {
  title: 'Aftercare assistant',
  about: 'Automated assistant, not a person',
  open: 'Questions after your session?',
  unread: 'Questions after your session? {count} new',
  close: 'Close the chat',
  menu: 'Chat options',
  intro: 'Tell me how you feel after your session. I am an automated assistant, not a person, and I do not replace a doctor.',
  safety: 'Help in an emergency',
  signs: 'Danger signs: call at once',
  signsList: 'New trouble breathing or chest pain|Swelling of the face, lips, tongue or throat|Passing out, a fit, or confusion|Face droop, trouble speaking, new weakness or loss of sight|A sudden, very bad headache|Numbness between the legs, or new bladder or bowel trouble|Pain you cannot bear|Bleeding that will not stop|Thoughts of harming yourself',
  noNumber: 'Call your local emergency number.',
  log: 'Conversation',
  input: 'Your message',
  placeholder: 'Write how you feel…',
  send: 'Send',
  you: 'You said:',
  bot: 'Assistant:',
  newMessages: 'New messages',
  sending: 'Sending',
  waiting: 'Not sent yet',
  delivered: 'Delivered',
  failed: 'Not accepted',
  edit: 'Edit and send again',
  offline: 'No connection. Your messages are kept and sent when it is back.',
  online: 'Connected again.',
  lateTitle: 'I have no answer for you yet',
  late: 'Your message is kept and I keep trying. If you feel worse, do not wait for this chat:',
  emptyTitle: 'I could not answer that',
  empty: 'Your message has arrived and is kept. If you are worried, do not wait for this chat:',
  unreachableTitle: 'The chat is not available just now',
  unreachable: 'You can write already: I send it as soon as I can. If you need help now:',
  endedTitle: 'This chat has ended',
  ended: 'It was deleted, or it is too old to go on with.',
  newChat: 'Start a new chat',
  chosen: 'You chose {answer}',
  chooseSome: 'Choose all that apply, then send',
  chooseFirst: 'Choose at least one answer first.',
  sendAnswer: 'Send answer',
  why: 'Why I ask',
  emergency: 'Emergency',
  urgent: 'Urgent',
  contact_clinic: 'Contact your clinic',
  self_care: 'Care at home',
  crisis: 'You are not alone',
  now: 'now',
  today: 'today',
  next_working_day: 'next working day',
  whySaid: 'Why',
  do: 'What to do',
  avoid: 'What to avoid',
  expect: 'What to expect',
  getHelp: 'Get help if',
  sources: 'Where this comes from',
  added: 'added for safety',
  sent_to_clinic: 'Sent to the clinic {time}',
  clinic_seen: 'seen by the clinic {time}',
  call_back: 'call-back asked for {time}',
  will_call: 'will call before {time}',
  dots: 'Options for: {text}',
  shared: 'This is a shared computer',
  sharedOn: 'Nothing is kept in this browser. Close the page when you are done.',
  sharedOff: 'This browser remembers the chat so that you can come back.',
};

export class Words {
  #english = WORDS;
  table = {};
  language = 'en';
  direction = 'ltr';

  add(more) {
    this.#english = { ...this.#english, ...more };
  }

  say = (key, values) => {
    let text = this.table[key] ?? this.#english[key] ?? '';
    for (const [name, value] of Object.entries(values ?? {})) text = text.replace(`{${name}}`, () => value);
    return text;
  };

  clock(at) {
    const when = new Date(at);
    const today = new Date().toDateString() === when.toDateString();
    return when.toLocaleString(this.language === 'en' ? [] : this.language, { timeStyle: 'short', dateStyle: today ? undefined : 'medium' });
  }
}
