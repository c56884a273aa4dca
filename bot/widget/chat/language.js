/** Another language than the built-in English. Loaded where a page asks for one. */

const RIGHT_TO_LEFT = new Set(['ar', 'dv', 'fa', 'he', 'ps', 'ur', 'yi']);

/** Fill words from strings/<language>.json; rejects, and leaves them English, where there is no such file. */
export async function translate(words, tag) {
  const [language] = tag.split('-');
  const answer = await fetch(new URL(`../strings/${encodeURIComponent(language)}.json`, import.meta.url));
  words.table = await answer.json();
  words.language = language;
  words.direction = RIGHT_TO_LEFT.has(language) ? 'rtl' : 'ltr';
}
