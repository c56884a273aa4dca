/**
 * Registers <aftercare-chat>. Classic script, so that the whole snippet is one element and one tag:
 *
 *   <aftercare-chat server="https://chat.example.org"> fallback with phone numbers </aftercare-chat>
 *   <script src="https://chat.example.org/widget.js" defer></script>
 *
 * The element is defined only when all of it has arrived. Until then, and for ever if anything is
 * missing, the page shows the fallback text inside the element, so the numbers are never lost.
 */
(() => {
  const base = new URL('widget/', document.currentScript.src);
  const modules = ['element', 'conversation', 'api', 'store', 'log', 'card', 'choice', 'dom', 'words'];
  // One wave of requests instead of a waterfall: each import is cached for the static ones.
  const loads = new Set();
  for (const name of modules) loads.add(import(new URL(`chat/${name}.js`, base)));
  const sheet = fetch(new URL('theme.css', base)).then((answer) => {
    if (!answer.ok) throw new Error(`theme.css: ${answer.status}`);
    return answer.text();
  });
  Promise.all([sheet, ...loads]).then(
    ([css, { AftercareChat }]) => AftercareChat.define(css),
    (error) => console.warn('aftercare-chat stays with its fallback text:', error),
  );
})();
