/** Answers to choose from. What was chosen stays to be seen; later answers go by typing. */

import { add, h, icon, joined, plain, words } from './dom.js';

/** Values of options that exclude all others. */
const EXCLUSIVE = new Set(['none', 'none_of_these', 'unsure', 'not_sure']);

/**
 * The control of a question: {node, update({answer, latest})}. `answer` is what the patient said after it,
 * `latest` whether no newer question has been asked.
 */
export function choice(reply, labelId, chat) {
  return reply.multiple ? several(reply, labelId, chat) : one(reply, labelId, chat);
}

/** The values a patient entry chose among these options, by value or by the words typed. */
function chosenIn(answer, options) {
  const chosen = new Set();
  const typed = plain(answer?.text).trim().toLowerCase();
  const values = new Set(answer?.values ?? []);
  for (const { value, label } of options) {
    if (values.has(value) || (!answer?.values && plain(label).toLowerCase() === typed)) chosen.add(value);
  }
  return chosen;
}

function one(reply, labelId, chat) {
  const node = h('div', { class: 'options', role: 'group', 'aria-labelledby': labelId });
  const buttons = new Map();
  for (const option of reply.options) {
    const button = h('button', { type: 'button', class: 'option', 'aria-pressed': 'false' }, words('span', option.label));
    button.addEventListener('click', () => {
      if (isClosed(button)) return chat.announce(chat.words.say('answered'));
      chat.answer({ values: [option.value], text: option.label });
    });
    buttons.set(option.value, button);
    node.append(button);
  }
  const update = ({ answer, latest }) => {
    const chosen = chosenIn(answer, reply.options);
    for (const [value, button] of buttons) {
      mark(button, chosen.has(value));
      close(button, Boolean(answer) || !latest);
    }
  };
  return { node, update };
}

function mark(button, pressed) {
  if (button.getAttribute('aria-pressed') === String(pressed)) return;
  button.setAttribute('aria-pressed', String(pressed));
  button.querySelector('.icon')?.remove();
  if (pressed) button.prepend(icon('check'));
}

/** aria-disabled keeps the button in reach of the keyboard and the screen reader; disabled would drop the focus. */
export function close(control, closed) {
  if (closed) control.setAttribute('aria-disabled', 'true');
  else control.removeAttribute('aria-disabled');
}

export function isClosed(control) {
  return control.getAttribute('aria-disabled') === 'true';
}

function several(reply, labelId, chat) {
  const { say } = chat.words;
  const boxes = new Map();
  const node = h('form', { class: 'options several', role: 'group', 'aria-labelledby': labelId });
  node.append(h('p', { class: 'hint' }, say('chooseSome')));
  for (const option of reply.options) {
    const box = h('input', { type: 'checkbox' });
    box.addEventListener('click', (event) => isClosed(box) && event.preventDefault());
    box.addEventListener('change', () => keepExclusive(boxes, option.value));
    boxes.set(option.value, box);
    node.append(h('label', { class: 'option' }, box, words('span', option.label)));
  }
  const send = h('button', { class: 'primary' }, say('sendAnswer'));
  node.append(send);
  node.addEventListener('submit', (event) => {
    event.preventDefault();
    if (isClosed(send)) return chat.announce(say('answered'));
    submit(reply, boxes, chat);
  });
  const update = ({ answer, latest }) => {
    const chosen = chosenIn(answer, reply.options);
    for (const [value, box] of boxes) {
      if (answer) box.checked = chosen.has(value);
      close(box, Boolean(answer) || !latest);
    }
    close(send, Boolean(answer) || !latest);
  };
  return { node, update };
}

function keepExclusive(boxes, changed) {
  if (!boxes.get(changed).checked) return;
  for (const [value, box] of boxes) {
    if (value !== changed && (EXCLUSIVE.has(changed) || EXCLUSIVE.has(value))) box.checked = false;
  }
}

function submit(reply, boxes, chat) {
  const values = [];
  const labels = [];
  for (const { value, label } of reply.options) {
    if (!boxes.get(value).checked) continue;
    add(values, value);
    add(labels, label);
  }
  if (!values.length) return chat.announce(chat.words.say('chooseFirst'), true);
  chat.answer({ values, text: joined(labels, ', ') });
}
