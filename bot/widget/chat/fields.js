/** Answer controls that are not needed for the first paint: scale, date and time, body area, contact. */

import { add, choice, close, h, isClosed, joined, plain, words } from './core.js';

export const WORDS = {
  scaleLow: '0 = none',
  scaleHigh: '10 = worst',
  date: 'Date',
  time: 'Time (about)',
  dateFirst: 'Choose the date first.',
  left: 'Left',
  right: 'Right',
  side: 'Which side?',
  bothSides: 'Both',
  middle: 'Middle, or not sure',
  partHead: 'Head and neck',
  partTrunk: 'Back, chest and belly',
  partArm: 'Shoulder, arm and hand',
  partLeg: 'Hip, leg and foot',
  partOther: 'Other',
  name: 'Your name',
  phone: 'Phone number',
  bestTime: 'Best time to call',
  askCall: 'Ask for a call',
  contactFirst: 'Please give a phone number.',
  contactSent: 'The clinic has your number: {phone}.',
  contactFailed: 'That could not be sent. Please call the clinic.',
  contactWhy: 'Only if you wish. Your number is stored encrypted and shown to the clinic only.',
};

/** Regions by part of the body, so that a long list reads as a body and not as an alphabet. */
const PARTS = [
  ['partHead', new Set(['head', 'face', 'eye', 'jaw', 'neck'])],
  ['partTrunk', new Set(['shoulder_blade', 'upper_back', 'chest', 'mid_back', 'low_back', 'flank', 'belly'])],
  ['partArm', new Set(['shoulder_top', 'shoulder', 'upper_arm', 'elbow', 'forearm', 'wrist', 'hand'])],
  ['partLeg', new Set(['hip', 'groin', 'buttock', 'thigh', 'knee', 'shin', 'calf', 'ankle', 'foot'])],
];
const SIDES = new Set(['left', 'right', 'both']);
const OUTSIDE = new Set(['none', 'unsure']);

/** A form that answers the question once: `read()` gives {values, text} or the words of what is missing. */
function answerForm(labelId, chat, parts, read, sendLabel = 'sendAnswer') {
  const send = h('button', { class: 'primary' }, chat.words.say(sendLabel));
  const node = h('form', { class: 'options fields', 'aria-labelledby': labelId, novalidate: true }, ...parts, send);
  node.addEventListener('submit', (event) => {
    event.preventDefault();
    if (isClosed(send)) return;
    const answer = read();
    if (typeof answer === 'string') return chat.announce(answer, true);
    chat.answer(answer);
  });
  const update = ({ answer, latest }) => {
    const closed = Boolean(answer) || !latest;
    for (const control of node.querySelectorAll('input,button')) {
      close(control, closed);
      if (control.type !== 'checkbox' && control.type !== 'radio') control.readOnly = closed;
    }
  };
  node.addEventListener('click', (event) => {
    if (event.target.matches('input') && isClosed(event.target)) event.preventDefault();
  });
  return { node, update };
}

/** The options of a question without those a control draws itself, as buttons under it. */
function others(reply, labelId, chat, drawn) {
  const options = [];
  for (const option of reply.options ?? []) if (!drawn(option)) add(options, option);
  return options.length ? choice({ ...reply, multiple: false, options }, labelId, chat) : null;
}

function together(label, first, second) {
  if (!second) return first;
  return {
    node: h('div', null, first.node, second.node),
    update: (state) => {
      first.update(state);
      second.update(state);
    },
  };
}

/** 0 to 10 as eleven buttons with what the ends mean; other options ("not sure") below. */
export function scale(reply, labelId, chat) {
  const { say } = chat.words;
  const isNumber = (option) => /^\d+$/.test(option.value);
  let numbers = [];
  for (const option of reply.options ?? []) if (isNumber(option)) add(numbers, option);
  const own = numbers.length === 0;
  // Options that are ranges ("4-6") are a choice, not a scale.
  for (const option of reply.options ?? []) if (!isNumber(option) && !OUTSIDE.has(option.value)) return choice(reply, labelId, chat);
  if (own) for (let number = 0; number <= 10; number++) add(numbers, { value: String(number), label: String(number) });
  const row = choice({ ...reply, multiple: false, options: numbers }, labelId, own ? asText(chat) : chat);
  row.node.classList.add('scale');
  const ends = h('p', { class: 'ends' }, h('span', null, say('scaleLow')), h('span', null, say('scaleHigh')));
  const first = { node: h('div', null, ends, row.node), update: row.update };
  return together(labelId, first, others(reply, labelId, chat, isNumber));
}

/** The chat, answering with the label as typed text: for values the server did not offer itself. */
function asText(chat) {
  return { words: chat.words, announce: chat.announce, answer: ({ text }) => chat.answer({ text }) };
}

/** Date and time of day; the options of the server ("yesterday") stay the quicker way. */
export function datetime(reply, labelId, chat) {
  const { say } = chat.words;
  const today = new Date();
  const date = h('input', { type: 'date', max: isoDay(today) });
  const time = h('input', { type: 'time' });
  const parts = [h('label', { class: 'field' }, say('date'), date), h('label', { class: 'field' }, say('time'), time)];
  const read = () => (date.value ? { text: spelledDay(date.value) + (time.value ? ` at ${time.value}` : '') } : say('dateFirst'));
  const form = answerForm(labelId, chat, parts, read);
  return together(labelId, others(reply, labelId, chat, () => false) ?? form, reply.options?.length ? form : null);
}

function isoDay(day) {
  const pad = (number) => String(number).padStart(2, '0');
  return `${day.getFullYear()}-${pad(day.getMonth() + 1)}-${pad(day.getDate())}`;
}

/** "20 November 2026": the month in letters, because 5/6 is two different days. */
function spelledDay(value) {
  const [year, month, day] = value.split('-');
  const form = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
  return form.format(new Date(Date.UTC(year, month - 1, day)));
}

/** Regions by name, several at once, then left or right. */
export function body_area(reply, labelId, chat) {
  const { say } = chat.words;
  const boxes = new Map();
  const sideOptions = new Map();
  const groups = new Map();
  for (const option of reply.options ?? []) {
    if (SIDES.has(option.value)) sideOptions.set(option.value, option);
    else if (!OUTSIDE.has(option.value)) addRegion(groups, boxes, option, say);
  }
  if (!boxes.size) return others(reply, labelId, chat, () => false) ?? { node: h('span'), update() {} };
  const { node: sides, chosen: side } = sideChooser(labelId, say);
  const read = () => readArea(reply, boxes, side(), sideOptions, say);
  const parts = [h('p', { class: 'hint' }, say('chooseSome')), ...groups.values(), sides];
  const form = answerForm(labelId, chat, parts, read);
  const rest = others(reply, labelId, chat, (option) => boxes.has(option.value) || SIDES.has(option.value));
  return together(labelId, { node: form.node, update: (state) => showChosen(form, boxes, state) }, rest);
}

function addRegion(groups, boxes, option, say) {
  let key = 'partOther';
  for (const [part, regions] of PARTS) if (regions.has(option.value)) key = part;
  if (!groups.has(key)) groups.set(key, h('fieldset', null, h('legend', null, say(key))));
  const box = h('input', { type: 'checkbox' });
  boxes.set(option.value, box);
  groups.get(key).append(h('label', { class: 'option' }, box, words('span', option.label)));
}

function sideChooser(labelId, say) {
  const node = h('fieldset', { class: 'sides' }, h('legend', null, say('side')));
  const radios = new Map();
  for (const side of ['left', 'right', 'both', 'middle']) {
    const radio = h('input', { type: 'radio', name: `${labelId}-side` });
    radios.set(side, radio);
    const label = side === 'both' ? 'bothSides' : side;
    node.append(h('label', { class: 'option' }, radio, h('span', null, say(label))));
  }
  const chosen = () => {
    for (const [side, radio] of radios) if (radio.checked && side !== 'middle') return side;
    return null;
  };
  return { node, chosen };
}

function readArea(reply, boxes, side, sideOptions, say) {
  const values = [];
  const labels = [];
  for (const { value, label } of reply.options) {
    if (!boxes.get(value)?.checked) continue;
    add(values, value);
    add(labels, label);
  }
  if (!values.length) return say('chooseFirst');
  if (!side) return { values, text: joined(labels, ', ') };
  const sideWord = say(side === 'both' ? 'bothSides' : side).toLowerCase();
  const text = `${joined(labels, ', ')} (${sideWord})`;
  const sides = side === 'both' && !sideOptions.has('both') ? ['left', 'right'] : [side];
  for (const one of sides) {
    if (!sideOptions.has(one)) return { text: `${joined(labels, ', ')}, ${side === 'both' ? 'both sides' : `${side} side`}` };
    add(values, one);
  }
  return { values, text };
}

function showChosen(form, boxes, state) {
  form.update(state);
  if (!state.answer) return;
  const chosen = new Set(state.answer.values ?? []);
  if (state.answer.values) for (const [value, box] of boxes) box.checked = chosen.has(value);
}

/** Name, number and best time; they go to their own place on the server, not into the conversation's text. */
export function contact(reply, labelId, chat) {
  const { say } = chat.words;
  const name = h('input', { autocomplete: 'name', maxlength: '80' });
  const phone = h('input', { type: 'tel', autocomplete: 'tel', maxlength: '30', required: true });
  const time = h('input', { maxlength: '80' });
  const field = (label, input) => h('label', { class: 'field' }, say(label), input);
  const parts = [field('name', name), field('phone', phone), field('bestTime', time), h('p', { class: 'hint' }, say('contactWhy'))];
  let sent = false;
  const read = () => {
    if (!/\d{3}/.test(phone.value)) return say('contactFirst');
    return { name: name.value.trim(), phone: phone.value.trim(), best_time: time.value.trim() };
  };
  const deliver = async (details) => {
    try {
      await chat.conversation.ask('POST', 'contact', details);
    } catch {
      return chat.announce(say('contactFailed'), true);
    }
    sent = true;
    const note = h('p', { class: 'hint', tabindex: '-1' }, say('contactSent', { phone: plain(details.phone) }));
    form.node.replaceChildren(note);
    chat.announce(note.textContent);
    note.focus();
  };
  const form = answerForm(labelId, { words: chat.words, announce: chat.announce, answer: deliver }, parts, read, 'askCall');
  const rest = others(reply, labelId, chat, () => false);
  return together(labelId, { node: form.node, update: (state) => sent || form.update(state) }, rest);
}
