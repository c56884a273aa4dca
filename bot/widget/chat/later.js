/** After the answer: what to tell whoever helps, a call from the clinic, to be asked again. Loaded on demand. */

import { printPage, saveText } from './actions.js';
import { button, h, joined, list, plain, words } from './core.js';

export const WORDS = {
  tellThem: 'What to tell them',
  tellThemNothing: 'There is nothing to tell yet.',
  copy: 'Copy',
  copied: 'Copied.',
  callMe: 'Ask the clinic to call me',
  askAgain: 'Ask me again later',
  askAgainWhen: 'When shall I ask you how it is?',
  askAgainPlanned: 'I will ask you again: {time}.',
  askAgainStop: 'Do not ask me again',
  askAgainNone: 'I cannot ask you again about this.',
  address: 'E-mail, if you want a message with a link (optional)',
};

const HELPERS = new Set(['contact_clinic', 'urgent', 'emergency']);
const AGAIN = new Set(['self_care', 'contact_clinic']);

/** The buttons of a card that open something below them. */
export function* laterTools(chat, { level }) {
  if (HELPERS.has(level)) yield opener(chat, 'tellThem', tellThem);
  yield opener(chat, 'callMe', callMe);
  if (AGAIN.has(level)) yield opener(chat, 'askAgain', askAgain);
}

/** A button, and the place below its row that it opens and closes. What is in it is made anew each time. */
function opener(chat, label, fill) {
  const { say } = chat.words;
  const place = h('div', { class: 'opened', role: 'group', 'aria-label': say(label), tabindex: '-1' });
  const control = button(say(label), async () => {
    const open = control.getAttribute('aria-expanded') === 'false';
    control.setAttribute('aria-expanded', String(open));
    if (!open) return place.remove();
    try {
      place.replaceChildren(await fill(chat, () => control.click()));
      control.parentNode.after(place);
    } catch {
      control.setAttribute('aria-expanded', 'false');
      chat.announce(say('didNotWork'), true);
    }
  }, { class: 'quiet', 'aria-expanded': 'false' });
  return control;
}

async function tellThem(chat) {
  const { say } = chat.words;
  const found = await chat.conversation.ask('GET', 'summary').catch((problem) => {
    if (problem.status !== 404) throw problem;
    return null;
  });
  if (!found) return h('p', null, say('tellThemNothing'));
  const { title, lines } = found;
  const text = `${plain(title)}\n\n${joined(lines, '\n')}\n`;
  const tool = (label, act) => button(say(label), act, { class: 'quiet' });
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    chat.announce(say('copied'));
  };
  return h('div', null, list(lines), h('p', { class: 'tools' },
    navigator.clipboard && tool('copy', copy),
    tool('print', () => printPage(title, lines, chat)),
    tool('save', () => saveText('what-to-tell-them.txt', text))));
}

async function callMe(chat) {
  const { contact } = await chat.extra('fields');
  const form = contact({ options: [] }, null, chat);
  form.node.setAttribute('aria-label', chat.words.say('callMe'));
  form.update({ answer: null, latest: true });
  return form.node;
}

async function askAgain(chat, close) {
  const { say } = chat.words;
  const { offers, planned_at: planned, by_email: mails } = await chat.conversation.ask('GET', 'check-ins');
  const act = async (method, value) => {
    try {
      await chat.conversation.ask(method, 'check-ins', value);
    } catch (problem) {
      return chat.announce(problem.message || say('didNotWork'), true);
    }
    close();
    // What was said about it comes with the conversation, once, in every tab.
    await chat.conversation.refresh(false);
  };
  if (planned) {
    return h('div', null, h('p', null, say('askAgainPlanned', { time: chat.words.clock(planned) })), button(say('askAgainStop'), () => act('DELETE'), { class: 'quiet' }));
  }
  if (!offers.length) return h('p', null, say('askAgainNone'));
  const address = h('input', { type: 'email', autocomplete: 'email', maxlength: '254' });
  const choose = (when) => act('POST', address.value.trim() ? { when, email: address.value.trim() } : { when });
  const choices = h('div', { class: 'options' });
  for (const { when, label } of offers) choices.append(button(words('span', label), () => choose(when), { class: 'option' }));
  return h('div', null, h('p', null, say('askAgainWhen')), mails && h('label', { class: 'field' }, say('address'), address), choices);
}
