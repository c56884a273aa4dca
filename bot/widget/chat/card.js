/** The answer card: level by words, icon and border pattern (never colour alone), what to do, when to get help. */

import { h, icon, telephone, words } from './dom.js';

const LEVELS = { emergency: 'levelEmergency', urgent: 'levelUrgent', contact_clinic: 'levelContact', self_care: 'levelSelf' };
const WITHIN = { now: 'withinNow', today: 'withinToday', next_working_day: 'withinNext' };

/** The level in words: "Urgent · today". */
export function levelWords(result, say) {
  if (result.crisis) return say('levelCrisis');
  const level = say(LEVELS[result.level] ?? 'levelContact');
  const within = result.level === 'emergency' ? null : WITHIN[result.within];
  return within ? `${level} · ${say(within)}` : level;
}

/** The parts of a card as [heading, lines], in reading order; also used to print, save and announce. */
export function parts(result, say) {
  const all = [
    ['whySaid', result.why],
    ['do', result.do],
    ['avoid', result.avoid],
    ['expect', result.expect ? [result.expect] : []],
    ['getHelp', result.get_help_if],
    ['tellThem', result.tell_them],
  ];
  const filled = [];
  for (const [key, lines] of all) if (lines?.length) filled[filled.length] = [say(key), lines, key];
  return filled;
}

function list(lines) {
  const items = h('ul');
  for (const line of lines) items.append(words('li', line));
  return items;
}

function sources(result, say) {
  if (!result.sources?.length) return null;
  const items = h('ul');
  for (const { document: title, section, added } of result.sources) {
    const mark = added ? h('span', { class: 'added' }, say('added')) : null;
    const where = [title, section];
    let text = '';
    for (const part of where) if (part) text += (text ? ', ' : '') + part;
    items.append(h('li', null, words('span', text), mark && ' ', mark));
  }
  return h('details', { class: 'sources' }, h('summary', null, say('sources')), items);
}

/** A card for one result; `tools` is a row of buttons of the log, `receipt` the line about the clinic. */
export function resultCard(result, say, { tools, receipt }) {
  const kind = result.crisis ? 'crisis' : result.level;
  const title = words('h3', result.headline);
  const call = result.call ? telephone(result.call.label, result.call.tel, { class: 'call' }) : null;
  const level = h('p', { class: 'level' }, icon(kind in LEVELS || kind === 'crisis' ? kind : 'contact_clinic'), levelWords(result, say));
  const card = h('section', { class: 'card', 'data-level': kind }, h('div', { class: 'first' }, level, call), title);
  for (const [heading, lines, key] of parts(result, say)) {
    card.append(h('h4', null, heading), lines.length > 1 ? list(lines) : words('p', lines[0], { class: key }));
  }
  const rest = [receipt, sources(result, say), tools];
  for (const part of rest) if (part) card.append(part);
  return card;
}
