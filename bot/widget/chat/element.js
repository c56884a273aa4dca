/** <aftercare-chat>: launcher and panel; attributes, methods and looks are in README.md. */

import { Conversation } from './conversation.js';
import { add, button, h, icon, joined, list, plain, telephone, Words, words } from './dom.js';
import { levelWords, Log } from './view.js';

const SPOKEN_FOR = 1000;
const PHONE = '(max-width: 640px)';

export class AftercareChat extends HTMLElement {
  static #css;
  #root = this.attachShadow({ mode: 'open' });
  #log;
  #parts = {};
  #unread = 0;
  #editing;
  #extraStyle;
  #scheme = matchMedia('(prefers-color-scheme: dark)');
  words = new Words();

  static define(css, tag = 'aftercare-chat') {
    AftercareChat.#css = css;
    if (!customElements.get(tag)) customElements.define(tag, AftercareChat);
  }

  constructor() {
    super();
    this.#style(AftercareChat.#css);
  }

  /** Constructed style sheets need no permission of the host page's content security policy. */
  #style(css) {
    if (!this.#root.adoptedStyleSheets) return this.#root.append(h('style', null, css));
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    this.#root.adoptedStyleSheets = [...this.#root.adoptedStyleSheets, sheet];
  }

  async connectedCallback() {
    const conversation = (this.conversation = new Conversation(this.getAttribute('server') ?? location.origin, {
      patience: Number(this.getAttribute('patience')) || 10,
      shared: this.hasAttribute('shared'),
    }));
    this.#readFallback();
    this.#paint();
    this.#scheme.addEventListener('change', this.#paintScheme);
    conversation.addEventListener('change', () => this.#sync());
    conversation.addEventListener('arrived', ({ detail }) => this.#arrived(detail));
    conversation.addEventListener('note', ({ detail }) => this.#note(detail));
    conversation.addEventListener('state', ({ detail }) => this.#state(detail));
    const language = (this.getAttribute('lang') ?? document.documentElement.lang).toLowerCase();
    if (language && !language.startsWith('en')) {
      await import('./language.js').then(({ translate }) => translate(this.words, language)).catch(() => {});
      this.#paint();
    }
    this.#askClinic();
    if (this.inline || conversation.store.get()) conversation.start();
  }

  disconnectedCallback() {
    this.conversation.close();
    this.#scheme.removeEventListener('change', this.#paintScheme);
    this.#parts.root.remove();
  }

  get inline() {
    return this.getAttribute('mode') === 'inline';
  }

  // --- the clinic: the page's own numbers first, then what the server says

  #readFallback() {
    const calls = [];
    const signs = [];
    for (const link of this.querySelectorAll('a[href^="tel:"]')) add(calls, { label: link.textContent, tel: link.getAttribute('href') });
    for (const item of this.querySelectorAll('li')) add(signs, item.textContent);
    this.clinic = { name: this.getAttribute('name'), logo: this.getAttribute('logo'), calls, red_flags: signs };
  }

  async #askClinic() {
    try {
      const clinic = await this.conversation.api.ask('GET', 'clinic');
      for (const [key, value] of Object.entries(clinic)) if (value?.length) this.clinic[key] = value;
      this.#paintClinic();
    } catch {
      // The page's own numbers stay.
    }
  }

  calls() {
    const row = h('p', { class: 'calls' });
    for (const call of this.clinic.calls) row.append(telephone(call) || '');
    if (!row.firstChild) row.append(this.words.say('noNumber'));
    return row;
  }

  signs() {
    const { red_flags: signs } = this.clinic;
    return list(signs.length ? signs : this.words.say('signsList').split('|'));
  }

  // --- painting

  #paint() {
    const { say, language, direction } = this.words;
    const old = this.#parts;
    this.#log = new Log(this);
    const live = (kind) => h('div', { class: 'hidden', 'aria-live': kind });
    const parts = (this.#parts = { polite: live('polite'), assertive: live('assertive') });
    parts.badge = h('span', { class: 'badge', hidden: true });
    parts.launcher = button(icon('chat'), () => this.open(), { class: 'launcher', 'aria-expanded': 'false' });
    parts.launcher.append(h('span', null, say('open')), parts.badge);
    parts.panel = h(this.inline ? 'section' : 'dialog', { class: 'panel', 'aria-labelledby': 'name', tabindex: '-1' },
      this.#header(), (parts.safety = h('section', { class: 'safety', 'aria-label': say('safety') })),
      (parts.banner = h('p', { class: 'banner', hidden: true })), this.#middle(), this.#composer());
    parts.root = h('div', { class: 'root', lang: language, dir: this.getAttribute('dir') || direction, onkeydown: (event) => this.#key(event) },
      !this.inline && parts.launcher, parts.panel, parts.polite, parts.assertive);
    if (old.root) old.root.replaceWith(parts.root);
    else this.#root.append(parts.root);
    if (!this.inline && !old.root) this.#root.append(h('slot'));
    if (old.panel?.open) this.open();
    this.#paintScheme();
    this.#paintClinic();
    this.#sync();
  }

  #header() {
    const { say } = this.words;
    const parts = this.#parts;
    const round = (label, picture, act) => button(icon(picture), act, { class: 'round', 'aria-label': say(label) });
    parts.menu = h('div', { class: 'menu', hidden: true });
    const menuButton = round('menu', 'menu', () => this.extra('actions').then(({ toggleMenu }) => toggleMenu(this, parts.menu, menuButton)));
    return h('header', null, (parts.logo = h('div', { class: 'logo' })),
      h('div', { class: 'titles' }, (parts.name = h('h2', { id: 'name', dir: 'auto' })), h('p', null, say('about'))),
      menuButton, !this.inline && round('close', 'close', () => this.close()), parts.menu);
  }

  #middle() {
    const { say } = this.words;
    const parts = this.#parts;
    const shared = h('input', { type: 'checkbox', onchange: () => this.#share(shared.checked) });
    shared.checked = this.conversation.store.shared;
    parts.intro = h('p', null, say('intro'));
    parts.typing = h('div', { class: 'typing', hidden: true, 'aria-hidden': 'true' }, h('i'), h('i'), h('i'));
    parts.newer = button(say('newMessages'), () => this.#toEnd(), { class: 'newer', hidden: true });
    parts.log = h('div', { class: 'log', role: 'log', 'aria-live': 'off', 'aria-label': say('log'), tabindex: '0', onscroll: () => this.#atEnd() && (parts.newer.hidden = true) },
      h('div', { class: 'intro' }, parts.intro, h('label', { class: 'shared' }, shared, say('shared'))), this.#log.list, parts.typing);
    return h('div', { class: 'middle' }, parts.log, parts.newer);
  }

  #composer() {
    const { say } = this.words;
    const input = (this.#parts.input = h('textarea', { id: 'input', rows: '1', placeholder: say('placeholder'), autocomplete: 'off', dir: 'auto',
      oninput: () => this.#fitInput(), onkeydown: (event) => this.#inputKey(event) }));
    const submit = (event) => {
      event.preventDefault();
      this.#submit();
    };
    return h('form', { class: 'composer', onsubmit: submit }, h('label', { class: 'hidden', for: 'input' }, say('input')), input,
      h('button', { class: 'send', 'aria-label': say('send') }, icon('send')));
  }

  #paintClinic() {
    const { logo, name, safety } = this.#parts;
    const { say } = this.words;
    name.textContent = plain(this.clinic.name || say('title'));
    logo.replaceChildren(this.clinic.logo ? h('img', { src: this.clinic.logo, alt: '' }) : icon('chat'));
    safety.replaceChildren(this.calls(), h('details', null, h('summary', null, say('signs')), this.signs()));
  }

  #paintScheme = () => {
    const { root, input } = this.#parts;
    const theme = this.getAttribute('theme');
    root.dataset.scheme = theme === 'dark' || (theme !== 'light' && this.#scheme.matches) ? 'dark' : 'light';
    // Asked with the frame that needs the styles anyway, not before it.
    requestAnimationFrame(() => {
      const accent = getComputedStyle(root).getPropertyValue('--aftercare-accent');
      if (accent) import('./accent.js').then(({ fitAccent }) => fitAccent(root, input.form.lastChild));
    });
  };

  // --- what the conversation tells

  #sync() {
    const { entries, unsent, state } = this.conversation;
    const { intro, typing } = this.#parts;
    this.#log.sync(entries);
    intro.hidden = entries[0]?.from === 'assistant';
    typing.hidden = !unsent || state !== 'open' || entries[entries.length - 1].from !== 'patient';
  }

  #state(state) {
    const { banner } = this.#parts;
    const { say } = this.words;
    if (state === 'open' && !banner.hidden) this.announce(say('online'));
    if (state === 'offline') this.announce(say('offline'));
    banner.hidden = state !== 'offline';
    banner.textContent = say('offline');
  }

  #arrived(fresh) {
    for (const { reply } of fresh) this.#speak(reply);
    if (this.inline || this.#parts.panel.open) this.reveal(this.#log.node(fresh[0].id));
    else this.#count(this.#unread + fresh.length);
  }

  #speak({ text, result, options }) {
    const { say } = this.words;
    const lines = [say('bot'), result ? levelWords(result, say) : text];
    if (result) for (const line of [result.headline, result.call?.label, ...(result.why ?? []), ...(result.do ?? [])]) add(lines, line);
    for (const { label } of options ?? []) add(lines, label);
    this.announce(joined(lines, '. '), result?.level === 'emergency');
  }

  #note(note) {
    const { say } = this.words;
    if (note.kind) return this.announce(say(note.kind, { time: this.words.clock(note.at) }));
    const lines = [say(`${note}Title`), say(note)];
    for (const { label } of this.clinic.calls) add(lines, label);
    this.announce(joined(lines, '. '), note !== 'ended');
    this.reveal(this.#log.list.lastChild);
  }

  /** Say a text through the live region; left there, it would be read again. */
  announce = (text, urgent) => {
    const line = words('p', text);
    this.#parts[urgent ? 'assertive' : 'polite'].append(line);
    setTimeout(() => line.remove(), SPOKEN_FOR);
  };

  // --- open, close, scroll

  open() {
    const { panel, launcher, input } = this.#parts;
    if (!this.inline && !panel.open) {
      const phone = matchMedia(PHONE).matches;
      if (phone) panel.showModal();
      else panel.show();
      launcher.setAttribute('aria-expanded', 'true');
      this.#count(0);
      this.conversation.start();
      this.#toEnd();
      // On a phone the keyboard would cover the greeting.
      if (phone) return panel.focus();
    }
    input.focus();
  }

  close() {
    const { panel, launcher } = this.#parts;
    panel.close();
    launcher.setAttribute('aria-expanded', 'false');
    launcher.focus();
  }

  fill(text) {
    this.#parts.input.value = text;
    this.open();
    this.#fitInput();
    this.#parts.input.focus();
  }

  #count(unread) {
    const { badge, launcher } = this.#parts;
    this.#unread = unread;
    badge.hidden = !unread;
    badge.textContent = unread;
    if (unread) launcher.setAttribute('aria-label', this.words.say('unread', { count: unread }));
    else launcher.removeAttribute('aria-label');
  }

  #atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#parts.log;
    return scrollHeight - scrollTop - clientHeight < 80;
  }

  #toEnd() {
    this.#parts.log.scrollTop = this.#parts.log.scrollHeight;
  }

  /** Bring the newest entry into view from its first line, unless the patient is reading further up. */
  reveal(node) {
    const { log, newer } = this.#parts;
    if (!node.isConnected) return;
    const top = node.offsetTop - log.offsetTop - 12;
    newer.hidden = log.scrollTop + log.clientHeight >= top - 160;
    if (newer.hidden) log.scrollTop = top;
  }

  // --- what the patient does

  #key(event) {
    if (event.key !== 'Escape' || !this.#parts.panel.open) return;
    event.preventDefault();
    this.close();
  }

  #inputKey(event) {
    const { input, log } = this.#parts;
    const pages = { PageUp: -0.8, PageDown: 0.8 }[event.key];
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.#submit();
    } else if (pages && !input.value) {
      event.preventDefault();
      log.scrollTop += pages * log.clientHeight;
    }
  }

  #fitInput() {
    const { input } = this.#parts;
    input.style.height = 'auto';
    input.style.height = `${Math.min(input.scrollHeight + 3, 140)}px`;
  }

  #submit() {
    const { input } = this.#parts;
    const text = input.value.trim();
    if (!text || this.conversation.state === 'ended') return;
    input.value = '';
    this.#fitInput();
    this.conversation.say({ text, replaces: this.#editing });
    this.#editing = null;
    this.#toEnd();
  }

  edit({ id, text }) {
    this.#editing = id;
    this.fill(text);
  }

  answer(answer) {
    this.announce(this.words.say('chosen', { answer: plain(answer.text) }));
    this.conversation.say(answer);
    this.#toEnd();
  }

  renew() {
    this.conversation.renew();
    this.#parts.input.focus();
  }

  #share(shared) {
    this.conversation.store.share(shared);
    this.announce(this.words.say(shared ? 'sharedOn' : 'sharedOff'));
  }

  /** A module that is loaded when first needed, with its words and the extras' style. */
  async extra(name) {
    this.#extraStyle ??= fetch(new URL('../extras.css', import.meta.url)).then(async (answer) => this.#style(await answer.text()));
    const [module] = await Promise.all([import(`./${name}.js`), this.#extraStyle]);
    this.words.add(module.WORDS);
    return module;
  }
}
