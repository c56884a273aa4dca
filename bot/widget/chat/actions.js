/** What the patient can do besides answering: the menu, feedback, printing and saving. Loaded on demand. */

import { add, h, joined, levelWords, parts, plain, words } from './core.js';

export const WORDS = {
  print: 'Print',
  save: 'Save',
  helpful: 'Was this helpful?',
  yes: 'Yes',
  no: 'No',
  word: 'In a few words: what was missing? (optional)',
  thanks: 'Thank you.',
  misunderstood: 'That’s not what I meant',
  misunderstoodThanks: 'Thank you, noted. Please say it in other words.',
  download: 'Download my chat',
  startOver: 'Start over',
  startOverAsk: 'Start over from the beginning? What you wrote so far stays with the clinic until you delete it.',
  erase: 'Delete my chat',
  eraseAsk: 'Delete this chat for good? The clinic will no longer be able to read it.',
  erased: 'Your chat is deleted.',
  didNotWork: 'That did not work. Please try again when you are connected.',
  confirm: 'Yes, go on',
  cancel: 'Cancel',
};

// --- the menu ----------------------------------------------------------------------------------------

/** Open or close the menu; the button that opened it gets the focus back. */
export function toggleMenu(chat, menu, button, open = menu.hidden) {
  if (!menu.firstChild) fillMenu(chat, menu, button);
  menu.hidden = !open;
  button.setAttribute('aria-expanded', String(open));
  if (open) menu.querySelector('button').focus();
  else if (menu.contains(menu.getRootNode().activeElement)) button.focus();
}

function fillMenu(chat, menu, button) {
  const { say } = chat.words;
  const close = () => toggleMenu(chat, menu, button, false);
  const item = (label, act) => menu.append(h('button', { type: 'button', onclick: () => {
    close();
    act();
  } }, say(label)));
  item('download', () => saveText('aftercare-chat.txt', chatText(chat.conversation.entries, chat.words)));
  item('startOver', () => confirm(chat, menu, 'startOverAsk', () => chat.conversation.say({ text: WORDS.startOver })));
  item('erase', () => confirm(chat, menu, 'eraseAsk', () => erase(chat)));
  const escape = (event) => {
    if (event.key !== 'Escape' || menu.hidden) return;
    event.preventDefault();
    event.stopPropagation();
    close();
  };
  menu.addEventListener('keydown', escape);
  button.addEventListener('keydown', escape);
  menu.getRootNode().addEventListener('pointerdown', ({ target }) => {
    if (!menu.hidden && !menu.contains(target) && !button.contains(target)) close();
  });
}

async function erase(chat) {
  const { say } = chat.words;
  try {
    await chat.conversation.erase();
    chat.announce(say('erased'));
  } catch {
    chat.announce(say('didNotWork'), true);
  }
}

/** Ask before something that cannot be undone. */
function confirm(chat, menu, question, act) {
  const { say } = chat.words;
  const cancel = h('button', { type: 'button', class: 'quiet', onclick: () => dialog.close() }, say('cancel'));
  const go = h('button', { type: 'button', class: 'primary', onclick: () => {
    dialog.close();
    act();
  } }, say('confirm'));
  const dialog = h('dialog', { class: 'confirm', role: 'alertdialog', 'aria-labelledby': 'confirm' },
    h('p', { id: 'confirm' }, say(question)), h('p', { class: 'row' }, cancel, go));
  dialog.addEventListener('keydown', (event) => event.stopPropagation());
  dialog.addEventListener('close', () => dialog.remove());
  menu.after(dialog);
  dialog.showModal();
  cancel.focus();
}

// --- feedback ------------------------------------------------------------------------------------------

/** "Was this helpful" (for answers) and "that's not what I meant" for a reply. */
export function feedbackRow(chat, reply, helpful) {
  const { say } = chat.words;
  const row = h('div', { class: 'feedback', role: 'group' });
  const button = (label, feedback) => h('button', { type: 'button', class: 'quiet', onclick: () => tell(chat, row, reply, feedback) }, say(label));
  if (helpful) row.append(h('span', null, say('helpful')), button('yes', { helpful: true }), button('no', { helpful: false }));
  row.append(button('misunderstood', { misunderstood: true }));
  return row;
}

async function tell(chat, row, reply, feedback) {
  const { say } = chat.words;
  try {
    await chat.conversation.ask('POST', 'feedback', { reply_id: reply.id, ...feedback });
  } catch (problem) {
    if (problem.status === 404 || problem.status === 405) return row.getRootNode().querySelector('.root').classList.add('no-feedback');
    return chat.announce(say('didNotWork'), true);
  }
  const thanks = h('span', { tabindex: '-1' }, say(feedback.misunderstood ? 'misunderstoodThanks' : 'thanks'));
  chat.announce(thanks.textContent);
  row.replaceChildren(thanks);
  if (feedback.helpful === false && !feedback.word) row.append(wordForm(chat, row, reply));
  thanks.focus();
  // Said in the chat as well, so that the assistant asks again. It reads English, whatever language the buttons have.
  if (feedback.misunderstood) chat.conversation.say({ text: WORDS.misunderstood });
}

function wordForm(chat, row, reply) {
  const { say } = chat.words;
  const input = h('input', { maxlength: '300' });
  return h('form', { class: 'word', onsubmit: (event) => {
    event.preventDefault();
    const word = input.value.trim();
    if (word) tell(chat, row, reply, { helpful: false, word });
  } }, h('label', { class: 'field' }, say('word'), input), h('button', { class: 'quiet' }, say('send')));
}

// --- to keep -------------------------------------------------------------------------------------------

/** What can be done with a card: tell others, ask for a call, be asked again, print, save. */
export function cardTools(chat, { result }) {
  const { words: own } = chat;
  const button = (label, act) => h('button', { type: 'button', class: 'quiet', onclick: act }, own.say(label));
  const print = () => {
    const [level, headline, ...rest] = cardText(result, own).split('\n');
    printPage(headline, rest, chat, level);
  };
  const row = h('p', { class: 'tools' }, button('print', print), button('save', () => saveText('aftercare-advice.txt', cardText(result, own))));
  chat.extra('later').then(({ laterTools }) => row.prepend(...laterTools(chat, result)), () => {});
  return row;
}

/** A result as lines of plain text. */
function cardText(result, { say }) {
  const lines = [plain(levelWords(result, say)), plain(result.headline)];
  if (result.call) add(lines, `${plain(result.call.label)}: ${plain(result.call.tel)}`);
  for (const [heading, items] of parts(result, say)) {
    add(lines, '');
    add(lines, heading);
    for (const item of items) add(lines, `- ${plain(item)}`);
  }
  return joined(lines, '\n');
}

/** The whole conversation as plain text, oldest first. */
function chatText(entries, own) {
  const lines = [own.say('title'), ''];
  for (const entry of entries) {
    if (entry.from === 'notice') continue;
    const who = own.say(entry.from === 'patient' ? 'you' : 'bot');
    add(lines, `[${own.clock(entry.at)}] ${who} ${plain(entry.text ?? entry.reply.text)}`);
    if (entry.reply?.result) add(lines, cardText(entry.reply.result, own));
    for (const { label } of entry.reply?.options ?? []) add(lines, `   ( ) ${plain(label)}`);
    add(lines, '');
  }
  return joined(lines, '\n');
}

/** Hand a text to the patient as a file. */
export function saveText(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
  const link = h('a', { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

const PAPER = `body { font: 12pt/1.5 system-ui, sans-serif; color: #000; margin: 2cm }
  h1 { font-size: 18pt; margin: 0 0 4pt } p { margin: 0 0 4pt; white-space: pre-wrap } .level { font-weight: bold; border: 2pt solid; padding: 4pt 8pt }`;

/** Print a title and lines alone, in a frame of their own: the host page's print style cannot spoil them. */
export function printPage(title, lines, { words: own, clinic }, level) {
  const frame = h('iframe', { 'aria-hidden': 'true', tabindex: '-1', hidden: true });
  document.body.append(frame);
  const page = frame.contentDocument;
  const paper = new frame.contentWindow.CSSStyleSheet();
  paper.replaceSync(PAPER);
  page.adoptedStyleSheets = [paper];
  const name = plain(clinic.name || own.say('title'));
  page.title = name;
  page.body.append(words('h1', title), level ? words('p', level, { class: 'level' }) : '');
  for (const line of lines) page.body.append(words('p', line));
  page.body.append(words('p', `${name} · ${own.clock(new Date())}`));
  frame.contentWindow.addEventListener('afterprint', () => frame.remove());
  frame.contentWindow.print();
}
