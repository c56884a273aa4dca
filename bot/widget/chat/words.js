/**
 * The widget's own words. English is built in, so that nothing is ever without a label; every other
 * language is a file strings/<language>.json with the same keys (tests/widget compares them).
 */

const BASE = new URL('../strings/', import.meta.url);
const RIGHT_TO_LEFT = /^(ar|dv|fa|he|ps|ur|yi)\b/;

export const ENGLISH = {
  title: 'Aftercare assistant',
  about: 'An automated assistant, not a person',
  open: 'Questions after your session?',
  openUnread: 'Questions after your session? {count} new',
  close: 'Close the chat',
  menu: 'Chat options',
  intro: 'Tell me how you feel after your session, in your own words. I am an automated assistant, not a person. I do not replace a doctor.',
  safety: 'In danger? Call now',
  signs: 'Danger signs: when to call at once',
  signsList: 'New trouble breathing or chest pain|Swelling of the face, lips, tongue or throat|Passing out, a fit, or confusion|Face droop, trouble speaking, new weakness or loss of sight|A sudden, very bad headache|Numbness between the legs, or new bladder or bowel trouble|Pain you cannot bear|Bleeding that will not stop|Thoughts of harming yourself',
  noNumber: 'Call your local emergency number.',
  log: 'Conversation',
  input: 'Your message',
  placeholder: 'Write how you feel…',
  send: 'Send',
  tooLong: 'That is a long message. Please shorten it to {count} characters.',
  you: 'You said:',
  bot: 'Assistant:',
  typing: 'The assistant is answering',
  newMessages: 'New messages',
  sending: 'Sending',
  waiting: 'Not sent yet',
  delivered: 'Delivered',
  failed: 'Not accepted',
  edit: 'Edit and send again',
  offline: 'No connection. Your messages are kept and sent when it is back.',
  connecting: 'Connecting…',
  online: 'Connected again.',
  lateTitle: 'I have no answer for you yet',
  late: 'Your message is kept and I keep trying. If you feel worse, do not wait for this chat:',
  emptyTitle: 'I could not answer that',
  empty: 'Your message has arrived and is kept. Please do not wait for this chat if you are worried:',
  endedTitle: 'This chat has ended',
  ended: 'It was deleted, or it is too old to go on with.',
  newChat: 'Start a new chat',
  unreachableTitle: 'The chat is not available just now',
  unreachable: 'You can write already: I send it as soon as I can. If you need help now:',
  chosen: 'You chose {answer}',
  answered: 'This question is already answered.',
  chooseSome: 'Choose all that apply, then send',
  chooseFirst: 'Choose at least one answer first.',
  sendAnswer: 'Send answer',
  why: 'Why I ask',
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
  mayCall: 'May the clinic call you?',
  mayCallWhy: 'Only if you wish. Your number is stored encrypted and shown to the clinic only.',
  levelEmergency: 'Emergency',
  levelUrgent: 'Urgent',
  levelContact: 'Contact your clinic',
  levelSelf: 'Care at home',
  levelCrisis: 'You are not alone',
  withinNow: 'now',
  withinToday: 'today',
  withinNext: 'next working day',
  whySaid: 'Why',
  do: 'What to do',
  avoid: 'What to avoid',
  expect: 'What to expect',
  getHelp: 'Get help if',
  tellThem: 'What to tell them',
  sources: 'Where this comes from',
  added: 'added for safety',
  print: 'Print',
  save: 'Save',
  copy: 'Copy',
  copied: 'Copied.',
  sentAt: 'Sent to the clinic {time}',
  seenAt: 'seen {time}',
  seenBy: 'seen {time} by {name}',
  helpful: 'Was this helpful?',
  yes: 'Yes',
  no: 'No',
  word: 'In a few words: what was missing? (optional)',
  thanks: 'Thank you.',
  misunderstood: 'That’s not what I meant',
  misunderstoodFor: 'That’s not what I meant, about: {text}',
  misunderstoodThanks: 'Thank you, noted. Please say it in other words.',
  download: 'Download my chat',
  startOver: 'Start over',
  startOverAsk: 'Start over from the beginning? What you wrote so far stays with the clinic until you delete it.',
  startOverSay: 'Start over',
  erase: 'Delete my chat',
  eraseAsk: 'Delete this chat for good? The clinic will no longer be able to read it.',
  erased: 'Your chat is deleted.',
  eraseFailed: 'That did not work. Please try again when you are connected.',
  shared: 'This is a shared computer',
  sharedOn: 'Nothing is kept in this browser. Close the page when you are done.',
  sharedOff: 'This browser remembers the chat so that you can come back.',
  confirm: 'Yes, go on',
  cancel: 'Cancel',
};

/** Look-up of the words of one language: `say('chosen', { answer })`; also its tag and direction. */
export class Words {
  #table = ENGLISH;
  language = 'en';

  /** Load strings/<language>.json, or of its main language; English stays when there is none. */
  async load(language) {
    const wanted = String(language || 'en').toLowerCase().split('-')[0];
    if (wanted === 'en' || !/^[a-z]{2,3}$/.test(wanted)) return;
    try {
      const answer = await fetch(new URL(`${wanted}.json`, BASE));
      if (!answer.ok) return;
      this.#table = { ...ENGLISH, ...(await answer.json()) };
      this.language = wanted;
    } catch {
      // English is better than nothing.
    }
  }

  get direction() {
    return RIGHT_TO_LEFT.test(this.language) ? 'rtl' : 'ltr';
  }

  say = (key, values) => {
    let text = this.#table[key];
    for (const [name, value] of Object.entries(values ?? {})) text = text.replace(`{${name}}`, () => value);
    return text;
  };

  /** A clock time such as 14:32, with the day when it is not today. */
  clock(at) {
    const when = new Date(at);
    const today = new Date().toDateString() === when.toDateString();
    const form = today ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' };
    return new Intl.DateTimeFormat(this.language === 'en' ? [] : this.language, form).format(when);
  }
}
