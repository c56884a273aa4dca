/** The widget's own words: English here, so that nothing is without a label; others in strings/<language>.json. */

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
