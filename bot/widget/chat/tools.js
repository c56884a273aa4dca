/** What is loaded on demand: the chat and its cards as text to keep, and a card on paper. */

import { add, h, joined, plain, words } from './dom.js';
import { levelWords, parts } from './card.js';

/** A result as lines of plain text. */
export function cardText(result, { say }) {
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
export function chatText(entries, own) {
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

/** Print one card alone, in a frame of its own: the host page's print style cannot spoil it. */
export function printCard(result, own, clinic) {
  const frame = h('iframe', { 'aria-hidden': 'true', tabindex: '-1', hidden: true });
  document.body.append(frame);
  const page = frame.contentDocument;
  const paper = new frame.contentWindow.CSSStyleSheet();
  paper.replaceSync(PAPER);
  page.adoptedStyleSheets = [paper];
  page.title = plain(clinic);
  const [level, headline, ...rest] = cardText(result, own).split('\n');
  page.body.append(words('h1', headline), words('p', level, { class: 'level' }));
  for (const line of rest) page.body.append(words('p', line));
  page.body.append(words('p', `${plain(clinic)} · ${own.clock(new Date())}`));
  frame.contentWindow.addEventListener('afterprint', () => frame.remove());
  frame.contentWindow.print();
}
