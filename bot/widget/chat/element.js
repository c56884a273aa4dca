/** <aftercare-chat>: the panel, the launcher and what the patient can do; the conversation itself is in conversation.js. */

import { Conversation } from './conversation.js';
import { add, h, icon, joined, plain, telephone, words } from './dom.js';
import { levelWords } from './card.js';
import { Log } from './log.js';
import { Words } from './words.js';

const LONGEST = 2000;
const SPOKEN_FOR = 1000;
const PHONE = '(max-width: 640px)';

/**
 * Attributes: server (required), mode ("launcher" or "inline"), lang, theme ("light", "dark", "auto"), name, logo,
 * shared (a shared computer from the start), patience (seconds before the safety card, 10).
 * Methods: open(), close(), fill(text). Colours and sizes: the --aftercare-* properties in theme.css.
 */
export class AftercareChat extends HTMLElement {
  static #css = '';
  #root;
  #sheet;
  #log;
  #parts = {};
  #unread = 0;
  #extras = new Map();
  #feedbackOff = false;
  clinic = {};
  words = new Words();

  /** Register the element; `css` is the text of theme.css. */
  static define(css, tag = 'aftercare-chat', registry = customElements) {
    AftercareChat.#css = css;
    if (!registry.get(tag)) registry.define(tag, AftercareChat);
  }

  constructor() {
    super();
    this.#root = this.attachShadow({ mode: 'open' });
    if ('adoptedStyleSheets' in this.#root) {
      this.#sheet = new CSSStyleSheet();
      this.#sheet.replaceSync(AftercareChat.#css);
      this.#root.adoptedStyleSheets = [this.#sheet];
    }
  }

  async connectedCallback() {
    this.conversation = new Conversation(this.getAttribute('server') ?? location.origin, {
      patience: Number(this.getAttribute('patience')) || 10,
      shared: this.hasAttribute('shared'),
    });
    this.#readFallback();
    const language = this.getAttribute('lang') ?? document.documentElement.lang;
    this.#paint();
    this.#listen();
    await this.words.load(language);
    if (this.words.language !== 'en') this.#repaint();
    this.#loadClinic();
    if (this.inline || this.conversation.stored) this.conversation.start();
  }

  disconnectedCallback() {
    this.conversation.close();
    this.#scheme?.removeEventListener('change', this.#applyScheme);
    this.#root.replaceChildren();
  }

  get inline() {
    return this.getAttribute('mode') === 'inline';
  }

  // --- the clinic: numbers from the fallback text first, then what the server says ----------------

  /** The numbers and danger signs that the page itself carries inside the element. */
  #readFallback() {
    const calls = [];
    for (const link of this.querySelectorAll('a[href^="tel:"]')) {
      add(calls, { label: link.textContent.trim(), tel: link.getAttribute('href').slice(4) });
    }
    const signs = [];
    for (const item of this.querySelectorAll('li')) add(signs, item.textContent.trim());
    this.clinic = { name: this.getAttribute('name'), logo: this.getAttribute('logo'), calls, signs };
  }

  async #loadClinic() {
    try {
      const { name, logo, calls, red_flags: signs } = await this.conversation.api.clinic();
      const told = { name, logo, calls, signs };
      for (const [key, value] of Object.entries(told)) if (value?.length) this.clinic[key] = value;
      this.#showClinic();
    } catch {
      // The page's own words stay.
    }
  }

  #showClinic() {
    const { name, logo } = this.clinic;
    const { say } = this.words;
    this.#parts.name.replaceChildren(words('span', name || say('title')));
    this.#parts.logo.replaceChildren(logo ? h('img', { src: logo, alt: '', referrerpolicy: 'no-referrer' }) : icon('chat'));
    this.#parts.safety.replaceChildren(...this.#safetyStrip());
  }

  /** Links to the numbers, then the danger signs: the answer whenever there is no other. */
  safetyBlock(withSigns) {
    const block = h('div', { class: 'safety-block' }, this.#calls());
    if (withSigns) block.append(h('h4', null, this.words.say('signs')), this.#signs());
    return block;
  }

  #calls() {
    const row = h('p', { class: 'calls' });
    for (const { label, tel } of this.clinic.calls ?? []) {
      const link = telephone(label, tel, { class: 'tel' });
      if (link) row.append(link);
    }
    if (!row.firstChild) row.append(this.words.say('noNumber'));
    return row;
  }

  #signs() {
    const list = h('ul');
    const signs = this.clinic.signs?.length ? this.clinic.signs : this.words.say('signsList').split('|');
    for (const sign of signs) list.append(words('li', sign));
    return list;
  }

  #safetyStrip() {
    const { say } = this.words;
    return [
      h('p', { class: 'danger' }, say('safety')),
      this.#calls(),
      h('details', null, h('summary', null, say('signs')), this.#signs()),
    ];
  }

  // --- painting ------------------------------------------------------------------------------------

  #paint() {
    const { say } = this.words;
    this.#log = new Log(this);
    const parts = (this.#parts = {
      polite: h('div', { class: 'hidden', 'aria-live': 'polite' }),
      assertive: h('div', { class: 'hidden', 'aria-live': 'assertive' }),
      name: h('h2', { id: 'name' }),
      logo: h('div', { class: 'logo' }),
      safety: h('section', { class: 'safety', 'aria-label': say('safety') }),
      banner: h('p', { class: 'banner', hidden: true }),
      badge: h('span', { class: 'badge', hidden: true }),
      typing: h('div', { class: 'typing', hidden: true, 'aria-hidden': 'true' }, h('i'), h('i'), h('i')),
    });
    parts.launcher = h('button', { type: 'button', class: 'launcher', 'aria-expanded': 'false', onclick: () => this.open() },
      icon('chat'), h('span', { class: 'launcher-text' }, say('open')), parts.badge);
    parts.panel = h(this.inline ? 'section' : 'dialog', { class: 'panel', 'aria-labelledby': 'name', tabindex: '-1' },
      this.#header(), parts.safety, parts.banner, this.#scroller(), this.#composer());
    const root = (parts.root = h('div', { class: 'root', lang: this.words.language, dir: this.#direction() },
      this.inline ? null : parts.launcher, parts.panel, parts.polite, parts.assertive));
    root.dataset.mode = this.inline ? 'inline' : 'launcher';
    this.#root.replaceChildren(root);
    if (!this.#sheet) this.#root.append(h('style', null, AftercareChat.#css));
    // The launcher leaves the page's own fallback text where it is.
    if (!this.inline) this.#root.append(h('slot'));
    this.#applyScheme();
    this.#showClinic();
    this.#sync();
  }

  #repaint() {
    const open = this.#parts.panel.open;
    const draft = this.#parts.input.value;
    this.#paint();
    this.#parts.input.value = draft;
    if (open) this.open();
  }

  #direction() {
    return this.getAttribute('dir') || (this.words.language === 'en' ? 'ltr' : this.words.direction);
  }

  #header() {
    const { say } = this.words;
    const { logo, name } = this.#parts;
    this.#parts.menu = h('div', { class: 'menu', id: 'menu', hidden: true }, ...this.#menuItems());
    this.#parts.menuButton = h('button', { type: 'button', class: 'round', 'aria-label': say('menu'), 'aria-expanded': 'false',
      'aria-controls': 'menu', onclick: () => this.#toggleMenu() }, icon('menu'));
    const close = this.inline ? null
      : h('button', { type: 'button', class: 'round', 'aria-label': say('close'), onclick: () => this.close() }, icon('close'));
    return h('header', null, logo, h('div', { class: 'titles' }, name, h('p', null, say('about'))),
      this.#parts.menuButton, close, this.#parts.menu);
  }

  #menuItems() {
    const { say } = this.words;
    const item = (label, act) => h('button', { type: 'button', onclick: () => {
      this.#toggleMenu(false);
      act();
    } }, say(label));
    return [
      item('download', () => this.#download()),
      item('startOver', () => this.#confirm('startOverAsk', () => this.conversation.say({ text: say('startOverSay') }))),
      item('erase', () => this.#confirm('eraseAsk', () => this.#erase())),
    ];
  }

  #toggleMenu(open = this.#parts.menu.hidden) {
    this.#parts.menu.hidden = !open;
    this.#parts.menuButton.setAttribute('aria-expanded', String(open));
    if (open) this.#parts.menu.querySelector('button').focus();
    else if (this.#parts.menu.contains(this.#root.activeElement)) this.#parts.menuButton.focus();
  }

  #scroller() {
    const { say } = this.words;
    const { typing } = this.#parts;
    const shared = h('input', { type: 'checkbox', onchange: () => this.#setShared(shared.checked) });
    shared.checked = this.conversation.store.shared;
    const note = (this.#parts.sharedNote = h('span', { class: 'hint' }));
    const intro = h('div', { class: 'intro' }, words('p', say('intro')), h('label', { class: 'shared' }, shared, say('shared')), note);
    this.#parts.log = h('div', { class: 'log', role: 'log', 'aria-live': 'off', 'aria-label': say('log'), tabindex: '0',
      onscroll: () => this.#showNew() }, intro, this.#log.list, typing);
    this.#parts.newer = h('button', { type: 'button', class: 'newer', hidden: true, onclick: () => this.#toEnd() }, icon('down'), say('newMessages'));
    return h('div', { class: 'middle' }, this.#parts.log, this.#parts.newer);
  }

  #composer() {
    const { say } = this.words;
    const input = (this.#parts.input = h('textarea', { id: 'input', rows: '1', placeholder: say('placeholder'), enterkeyhint: 'send',
      autocomplete: 'off', dir: 'auto', oninput: () => this.#fitInput(), onkeydown: (event) => this.#inputKey(event) }));
    const form = h('form', { class: 'composer', onsubmit: (event) => {
      event.preventDefault();
      this.#submit();
    } }, h('label', { class: 'hidden', for: 'input' }, say('input')), input,
    h('button', { class: 'send', 'aria-label': say('send') }, icon('send')));
    return form;
  }

  #scheme = matchMedia('(prefers-color-scheme: dark)');

  #applyScheme = () => {
    const theme = this.getAttribute('theme');
    const dark = theme === 'dark' || (theme !== 'light' && this.#scheme.matches);
    this.#parts.root.dataset.scheme = dark ? 'dark' : 'light';
    this.#fitAccent();
  };

  /** A clinic's accent colour keeps readable text on it, whatever it is. */
  #fitAccent() {
    const { root, launcher, input } = this.#parts;
    root.style.removeProperty('--on-accent');
    const [red, green, blue] = getComputedStyle(launcher ?? input.form.lastChild).backgroundColor.match(/[\d.]+/g) ?? [0, 0, 0];
    const linear = (value) => ((value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    const light = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    root.style.setProperty('--on-accent', light > 0.179 ? '#10191b' : '#fff');
  }

  // --- listening -----------------------------------------------------------------------------------

  #listen() {
    const { conversation } = this;
    this.#scheme.addEventListener('change', this.#applyScheme);
    conversation.addEventListener('change', () => this.#sync());
    conversation.addEventListener('arrived', ({ detail }) => this.#arrived(detail));
    conversation.addEventListener('note', ({ detail }) => this.#note(detail));
    conversation.addEventListener('state', ({ detail }) => this.#connection(detail));
    this.#root.addEventListener('keydown', (event) => this.#key(event));
  }

  #sync() {
    if (!this.#log) return;
    const { entries, unsent, state } = this.conversation;
    const stay = this.#atEnd();
    this.#log.sync(entries);
    const newest = entries[entries.length - 1];
    this.#parts.typing.hidden = !(unsent && state === 'open' && newest?.from === 'patient');
    if (stay && newest?.from === 'patient') this.#toEnd();
  }

  #connection(state) {
    const { banner } = this.#parts;
    const { say } = this.words;
    const wasOffline = banner.dataset.state === 'offline';
    banner.dataset.state = state;
    banner.hidden = state !== 'offline';
    banner.textContent = state === 'offline' ? say('offline') : '';
    if (state === 'offline') this.announce(say('offline'));
    else if (state === 'open' && wasOffline) this.announce(say('online'));
  }

  /** New replies: said once by the live region, shown from their first line, counted while closed. */
  #arrived(fresh) {
    for (const { reply } of fresh) this.#speak(reply);
    if (!this.#isOpen()) this.#count(this.#unread + fresh.length);
    else this.#reveal(this.#log.node(fresh[0].id));
  }

  #speak(reply) {
    const { say } = this.words;
    const { result } = reply;
    const lines = [say('bot')];
    if (result) {
      const all = [levelWords(result, say), result.headline, result.call?.label, ...(result.why ?? []), ...(result.do ?? [])];
      for (const line of all) if (line) add(lines, line);
    } else {
      add(lines, reply.text);
      for (const { label } of reply.options ?? []) add(lines, label);
    }
    this.announce(joined(lines, '. '), result?.level === 'emergency');
  }

  #note(detail) {
    const { say, clock } = this.words;
    if (detail.seen) return this.announce(say('seenAt', { time: this.words.clock(detail.seen.at) }));
    let numbers = '';
    for (const { label } of this.clinic.calls ?? []) numbers += `. ${plain(label)}`;
    this.announce(`${say(`${detail}Title`)}. ${say(detail)}${numbers}`, detail !== 'ended');
    this.#reveal(this.#log.list.lastElementChild);
  }

  /** Say a text through the live region; `urgent` interrupts. Removed after a second, so that it is not read again. */
  announce = (text, urgent = false) => {
    const line = words('p', text);
    this.#parts[urgent ? 'assertive' : 'polite'].append(line);
    setTimeout(() => line.remove(), SPOKEN_FOR);
  };

  #key(event) {
    if (event.key === 'Escape' && !this.#parts.menu.hidden) {
      event.preventDefault();
      event.stopPropagation();
      return this.#toggleMenu(false);
    }
    if (event.key === 'Escape' && !this.inline && this.#parts.panel.open) {
      event.preventDefault();
      this.close();
    }
  }

  #inputKey(event) {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.#submit();
    }
    const scroll = { PageUp: -1, PageDown: 1 }[event.key];
    if (scroll && !this.#parts.input.value) {
      event.preventDefault();
      this.#parts.log.scrollBy(0, scroll * this.#parts.log.clientHeight * 0.8);
    }
  }

  // --- open, close, scroll -------------------------------------------------------------------------

  #isOpen() {
    return this.inline || this.#parts.panel.open;
  }

  /** Open the panel; on a phone it covers the page. */
  open() {
    const { panel, launcher, input } = this.#parts;
    if (this.inline || panel.open) return input.focus();
    const phone = matchMedia(PHONE).matches;
    if (phone) panel.showModal();
    else panel.show();
    launcher.setAttribute('aria-expanded', 'true');
    this.#count(0);
    // On a phone the keyboard would cover the greeting.
    if (phone) panel.focus();
    else input.focus();
    this.conversation.start();
    this.#toEnd();
  }

  /** Close the panel; the focus returns to the launcher. */
  close() {
    const { panel, launcher } = this.#parts;
    if (this.inline || !panel.open) return;
    panel.close();
    launcher.setAttribute('aria-expanded', 'false');
    launcher.focus();
  }

  /** Open and put a text in the input, for the patient to send. */
  fill(text) {
    this.open();
    this.#parts.input.value = text;
    this.#fitInput();
    this.#parts.input.focus();
  }

  #count(unread) {
    this.#unread = unread;
    const { badge, launcher } = this.#parts;
    badge.hidden = unread === 0;
    badge.textContent = unread;
    if (unread) launcher.setAttribute('aria-label', this.words.say('openUnread', { count: unread }));
    else launcher.removeAttribute('aria-label');
  }

  #atEnd() {
    const { log } = this.#parts;
    return log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  }

  #toEnd() {
    this.#parts.log.scrollTop = this.#parts.log.scrollHeight;
    this.#parts.newer.hidden = true;
  }

  /** Bring a new entry into view from its first line, unless the patient is reading further up. */
  #reveal(node) {
    const { log, newer } = this.#parts;
    if (!node) return;
    const top = node.offsetTop - log.offsetTop - 12;
    const above = log.scrollTop + log.clientHeight < top - 160;
    if (above) newer.hidden = false;
    else log.scrollTop = Math.min(top, log.scrollHeight);
    this.#showNew();
  }

  #showNew() {
    if (this.#atEnd()) this.#parts.newer.hidden = true;
  }

  // --- what the patient does -----------------------------------------------------------------------

  #fitInput() {
    const { input } = this.#parts;
    input.style.height = 'auto';
    input.style.height = `${Math.min(input.scrollHeight, 140)}px`;
  }

  #submit() {
    const { input } = this.#parts;
    const text = input.value.trim();
    if (!text) return;
    if (text.length > LONGEST) return this.announce(this.words.say('tooLong', { count: LONGEST }), true);
    if (!this.conversation.say({ text, replaces: this.#editing })) return;
    this.#editing = null;
    input.value = '';
    this.#fitInput();
    this.#toEnd();
  }

  #editing = null;

  /** Put a message that was not accepted back into the input. */
  edit(entry) {
    this.#editing = entry.id;
    this.fill(entry.text);
  }

  /** Send a chosen answer: {values, text} or {text}. */
  answer({ values, text }) {
    this.conversation.say({ values, text });
    this.announce(this.words.say('chosen', { answer: plain(text) }));
    this.#toEnd();
  }

  renew() {
    this.conversation.renew();
    this.#parts.input.focus();
  }

  /** A module loaded when first needed. */
  extra(name) {
    if (!this.#extras.has(name)) this.#extras.set(name, import(`./${name}.js`));
    return this.#extras.get(name);
  }

  /** Print, save and copy under a card. */
  cardTools({ reply }) {
    const { say } = this.words;
    const button = (label, act) => h('button', { type: 'button', class: 'quiet', onclick: async () => act(await this.extra('tools')) }, say(label));
    return h('p', { class: 'tools' },
      button('print', (tools) => tools.printCard(reply.result, this.words, this.clinic.name)),
      button('save', (tools) => tools.saveText('aftercare-advice.txt', tools.cardText(reply.result, this.words))));
  }

  /** "Was this helpful" and "that's not what I meant" for a reply. */
  feedbackRow(reply, helpful) {
    const { say } = this.words;
    const row = h('p', { class: 'feedback' });
    const button = (label, feedback) => h('button', { type: 'button', class: 'quiet', onclick: () => this.#feedback(row, reply, feedback) }, say(label));
    if (this.#feedbackOff) row.classList.add('off');
    if (helpful) row.append(h('span', null, say('helpful')), button('yes', { helpful: true }), button('no', { helpful: false }));
    row.append(button('misunderstood', { misunderstood: true }));
    return row;
  }

  async #feedback(row, reply, feedback) {
    const { say } = this.words;
    try {
      await this.conversation.feedback({ reply_id: reply.id, ...feedback });
    } catch (problem) {
      if (problem.status === 404 || problem.status === 405) return this.#hideFeedback();
      return this.announce(say('eraseFailed'), true);
    }
    const thanks = say(feedback.misunderstood ? 'misunderstoodThanks' : 'thanks');
    this.announce(thanks);
    row.replaceChildren(h('span', { tabindex: '-1' }, thanks));
    if (feedback.helpful === false) row.append(this.#wordForm(row, reply));
    else row.firstChild.focus();
    if (feedback.misunderstood) this.#parts.input.focus();
  }

  #wordForm(row, reply) {
    const { say } = this.words;
    const input = h('input', { maxlength: '300' });
    return h('form', { class: 'word', onsubmit: (event) => {
      event.preventDefault();
      const word = input.value.trim();
      if (word) this.#feedback(row, reply, { helpful: false, word });
    } }, h('label', { class: 'field' }, say('word'), input), h('button', { class: 'quiet' }, say('send')));
  }

  #hideFeedback() {
    this.#feedbackOff = true;
    for (const row of this.#root.querySelectorAll('.feedback, .dots')) row.classList.add('off');
  }

  /** Hand the call-back contact to the server; true when it has it. */
  async contact(details) {
    const { say } = this.words;
    try {
      await this.conversation.contact(details);
      this.announce(say('contactSent', { phone: plain(details.phone) }));
      return true;
    } catch (problem) {
      this.announce(say('contactFailed'), true);
      return false;
    }
  }

  #setShared(shared) {
    const { say } = this.words;
    this.conversation.setShared(shared);
    this.#parts.sharedNote.textContent = say(shared ? 'sharedOn' : 'sharedOff');
    this.announce(say(shared ? 'sharedOn' : 'sharedOff'));
  }

  async #download() {
    const { saveText, chatText } = await this.extra('tools');
    saveText('aftercare-chat.txt', chatText(this.conversation.entries, this.words));
  }

  async #erase() {
    const { say } = this.words;
    try {
      await this.conversation.erase();
      this.announce(say('erased'));
    } catch {
      this.announce(say('eraseFailed'), true);
    }
  }

  /** Ask before something that cannot be undone. */
  #confirm(question, act) {
    const { say } = this.words;
    const cancel = h('button', { type: 'button', class: 'quiet', onclick: () => dialog.close() }, say('cancel'));
    const confirm = h('button', { type: 'button', class: 'primary', onclick: () => {
      dialog.close();
      act();
    } }, say('confirm'));
    const dialog = h('dialog', { class: 'confirm', role: 'alertdialog', 'aria-labelledby': 'confirm' },
      h('p', { id: 'confirm' }, say(question)), h('p', { class: 'row' }, cancel, confirm));
    dialog.addEventListener('close', () => dialog.remove());
    this.#parts.root.append(dialog);
    dialog.showModal();
    cancel.focus();
  }
}
